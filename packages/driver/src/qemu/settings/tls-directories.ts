import type { Files } from "@tsvirt/host";
import type { QemuConf } from "@tsvirt/qemu";
import type { Complain } from "./read-settings.ts";

/** What certificates are for, and whether its clients must show one when nothing says so. */
const purposes = [
  { name: "vnc", verify: false },
  { name: "spice" },
  { name: "chardev", verify: true },
  { name: "migrate", verify: true },
  { name: "backup", verify: true },
  { name: "vxhs" },
  { name: "nbd" },
] as const;

/**
 * Fills in where the certificates of each purpose are: its own directory, libvirt's for the purpose when the host has it,
 * or the default one; and whose settings hold for verification and keys. Throws for a configured directory that is missing.
 */
export async function withTlsDefaults(files: Files, conf: QemuConf, complain: Complain): Promise<QemuConf> {
  const filled: Record<string, unknown> = {};
  const there = async (
    key: keyof QemuConf & `${string}_x509_cert_dir`,
    optional: boolean,
  ): Promise<string | undefined> => {
    const directory = conf[key];
    if (directory === undefined || optional || (await files.facts(directory))) return directory;
    throw complain(key, `${key} directory '${directory}' does not exist`);
  };
  // The default one may be missing unless somebody chose it.
  const fallback = await there("default_tls_x509_cert_dir", conf.default_tls_x509_cert_dir === "/etc/pki/qemu");
  for (const purpose of purposes) {
    const { name } = purpose;
    const usual = `/etc/pki/libvirt-${name}`;
    filled[`${name}_tls_x509_cert_dir`] =
      (await there(`${name}_tls_x509_cert_dir`, false)) ?? ((await files.facts(usual)) ? usual : fallback);
    if ("verify" in purpose) {
      filled[`${name}_tls_x509_verify`] =
        conf[`${purpose.name}_tls_x509_verify`] ?? conf.default_tls_x509_verify ?? purpose.verify;
    }
    if (name === "spice") continue;
    const uuid = conf[`${name}_tls_x509_secret_uuid`] ?? conf.default_tls_x509_secret_uuid;
    if (uuid !== undefined) filled[`${name}_tls_x509_secret_uuid`] = uuid;
  }
  return { ...conf, ...filled };
}
