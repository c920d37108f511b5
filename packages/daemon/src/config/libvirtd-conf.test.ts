import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { formatNotice } from "@tsvirt/codec/conf";
import { hasErrno } from "@tsvirt/host";
import { LibvirtdConf } from "./libvirtd-conf.ts";

/** The keys that libvirt 9.0's daemon reads, from `remote_daemon_config.c`, and the two it has retired. */
const keys = `listen_tls listen_tcp tls_port tcp_port listen_addr unix_sock_group unix_sock_ro_perms unix_sock_rw_perms
unix_sock_admin_perms unix_sock_dir auth_unix_ro auth_unix_rw auth_tcp auth_tls tcp_min_ssf access_drivers key_file cert_file
ca_file crl_file tls_no_sanity_certificate tls_no_verify_certificate tls_allowed_dn_list tls_priority
sasl_allowed_username_list max_clients max_queued_clients max_anonymous_clients min_workers max_workers prio_workers
max_client_requests admin_min_workers admin_max_workers admin_max_clients admin_max_queued_clients admin_max_client_requests
log_level log_filters log_outputs audit_level audit_logging host_uuid host_uuid_source keepalive_interval keepalive_count
keepalive_required admin_keepalive_required admin_keepalive_interval admin_keepalive_count ovs_timeout`;

test("every key of libvirt 9.0 is declared, and no other", () => {
  assert.deepEqual(Object.keys(LibvirtdConf.fields).sort(), keys.split(/\s+/).sort());
});

test("the file that Debian installs is understood, with all its examples turned on", async (context) => {
  let text: string;
  try {
    text = await readFile("/etc/libvirt/libvirtd.conf", "utf8");
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
    context.skip("libvirtd.conf is not installed");
    return;
  }
  const { notices } = LibvirtdConf.parse(text.replace(/^#([a-z_]+ ?= ?\S)/gm, "$1"), "libvirtd.conf");
  assert.deepEqual(
    notices.map(formatNotice).filter((notice) => !notice.endsWith("has no effect")),
    [],
  );
});

test("the documented sample is up to date", async () => {
  const url = new URL("../../../../docs/reference/libvirtd.conf", import.meta.url);
  const sample = LibvirtdConf.sample();
  const stored = await readFile(url, "utf8").catch((error: unknown) => {
    if (hasErrno(error, "ENOENT")) return "";
    throw error;
  });
  if (stored === sample) return;
  if (process.env.UPDATE_GOLDEN === "1") await writeFile(url, sample);
  assert.fail("docs/reference/libvirtd.conf is stale: run this test with UPDATE_GOLDEN=1");
});
