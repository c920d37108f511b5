import { ErrorCode, endsWithin } from "@tsvirt/base";
import { type ProcessRef, Signal } from "@tsvirt/host";
import { dnsmasqFiles, hostsFileStem, type Network, needsDnsmasq } from "@tsvirt/model/network";
import { networkError } from "../errors.ts";
import type { NetworkDriver } from "../network-driver.ts";
import type { LiveNetwork } from "../virtual-network.ts";

/** Where distributions put libvirt's lease helper, which keeps `BRIDGE.status`. */
const leaseHelpers = ["/usr/lib/libvirt/libvirt_leaseshelper", "/usr/libexec/libvirt_leaseshelper"];

/** A dnsmasq that was asked to end is killed after this many milliseconds. */
const PATIENCE = 2_000;

/** Starts the network's dnsmasq and waits until it serves; `undefined` when the network needs none. */
export async function startDnsmasq(driver: NetworkDriver, document: Network): Promise<ProcessRef | undefined> {
  if (!needsDnsmasq(document)) return undefined;
  const { layout, host } = driver;
  const { name } = document;
  const bridge = document.bridge?.name ?? "";
  await host.files.makeDirectory(layout.networkPidDirectory, { mode: 0o755 });
  await host.files.makeDirectory(layout.dnsmasqDirectory, { mode: 0o755 });
  await writeFiles(driver, document, ["conf", "hosts", "addnHosts"]);
  const program = await host.processes.findProgram("dnsmasq");
  if (program === undefined) {
    throw networkError(ErrorCode.systemError, "Cannot check dnsmasq binary dnsmasq: No such file or directory");
  }
  const helper = await leaseHelper(driver);
  await host.processes.check({
    argv: [
      program,
      `--conf-file=${layout.dnsmasqFile(name, "conf")}`,
      ...(helper === undefined
        ? [`--dhcp-leasefile=${layout.dnsmasqFile(name, "leases")}`]
        : ["--leasefile-ro", `--dhcp-script=${helper}`]),
    ],
    env: { VIR_BRIDGE_NAME: bridge },
  });
  // Its first process ends only when the second has written this.
  const started = await findDnsmasq(driver, document);
  if (!started) throw networkError(ErrorCode.internalError, `dnsmasq of network '${name}' ended at once`);
  return started;
}

/**
 * libvirt's helper that keeps leases, when it is installed; otherwise dnsmasq keeps them itself. Where the helper puts
 * them is fixed: it serves the system instance only.
 */
async function leaseHelper(driver: NetworkDriver): Promise<string | undefined> {
  if (driver.layout.kind !== "system") return undefined;
  for (const path of leaseHelpers) if (await driver.host.files.access(path, "execute")) return path;
  return undefined;
}

/** The running dnsmasq of a network: the process of its pid file, if that is what it should be (threat-model F7). */
export async function findDnsmasq(driver: NetworkDriver, document: Network): Promise<ProcessRef | undefined> {
  const { layout, host } = driver;
  const path = layout.dnsmasqPid(document.name);
  if (!(await host.files.facts(path))) return undefined;
  const pid = Number((await host.files.readText(path)).trim());
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const facts = host.processes.inspect(pid);
  if (!facts?.argv.includes(`--conf-file=${layout.dnsmasqFile(document.name, "conf")}`)) return undefined;
  return host.processes.attach(facts);
}

/** Ends the network's dnsmasq and waits for it. */
export async function stopDnsmasq(live: LiveNetwork): Promise<void> {
  const { dnsmasq } = live;
  live.dnsmasq = undefined;
  if (!dnsmasq?.signal(Signal.term)) return;
  if (await endsWithin(dnsmasq.ended, PATIENCE)) return;
  dnsmasq.signal(Signal.kill);
  await dnsmasq.ended;
}

/** Stops watching it; it goes on serving. */
export function stopDnsmasqWatch(live: LiveNetwork): void {
  live.dnsmasq?.close();
  live.dnsmasq = undefined;
}

/** After a change of known guests or names: dnsmasq reads those two files again. One that has died is started. */
export async function refreshDnsmasq(driver: NetworkDriver, live: LiveNetwork): Promise<void> {
  if (!needsDnsmasq(live.document)) return;
  if (!live.dnsmasq?.alive) {
    live.dnsmasq = await startDnsmasq(driver, live.document);
    return;
  }
  await writeFiles(driver, live.document, ["hosts", "addnHosts"]);
  live.dnsmasq.signal(Signal.hup);
}

/** After a change of anything else: its configuration is readable by root only, so that it cannot read it again. */
export async function restartDnsmasq(driver: NetworkDriver, live: LiveNetwork): Promise<void> {
  await stopDnsmasq(live);
  live.dnsmasq = await startDnsmasq(driver, live.document);
}

async function writeFiles(
  driver: NetworkDriver,
  document: Network,
  wanted: readonly ("conf" | "hosts" | "addnHosts")[],
): Promise<void> {
  const { layout, store } = driver;
  const { name } = document;
  const paths = {
    conf: layout.dnsmasqFile(name, "conf"),
    hosts: layout.dnsmasqFile(hostsFileStem(name), "hostsfile"),
    addnHosts: layout.dnsmasqFile(hostsFileStem(name), "addnhosts"),
  };
  const files = dnsmasqFiles(document, {
    pidFile: layout.dnsmasqPid(name),
    hostsFile: paths.hosts,
    addnHostsFile: paths.addnHosts,
  });
  // dnsmasq gives up root before it reads the latter two again.
  for (const each of wanted) await store.write(paths[each], files[each], { mode: each === "conf" ? 0o600 : 0o644 });
}
