import { access, constants, stat } from "node:fs/promises";
import { isatty } from "node:tty";
import { type Deferred, deferred, InternalError, type Logger } from "@tsvirt/base";
import type { Driver, DriverOptions } from "@tsvirt/driver";
import { type Host, Layout, openHost } from "@tsvirt/host";
import type { RunOptions } from "./command-line.ts";
import { checkAccessDrivers, type SocketAccess, type SocketRole, socketAccess } from "./config/access.ts";
import { configuredHostUuid } from "./config/host-uuid.ts";
import type { LibvirtdConf } from "./config/libvirtd-conf.ts";
import { loadConf } from "./config/load.ts";
import { Daemon } from "./daemon.ts";
import { ExitStatus, StartError } from "./exit-status.ts";
import { DaemonLog, type LogSources } from "./logging/daemon-log.ts";
import { journalSocket } from "./logging/destinations.ts";
import { levelOf } from "./logging/levels.ts";
import { type ActivatedSocket, assignActivated } from "./process/activation.ts";
import type { ReportStart } from "./process/background.ts";
import { endOnUncaught } from "./process/fatal.ts";
import { type Notify, serviceNotifier } from "./process/notify.ts";
import { claimPidFile } from "./process/pid-file.ts";
import { SignalHandling } from "./process/signals.ts";
import { adoptSockets, type OpenSocket, openSockets } from "./sockets.ts";
import { version } from "./version.ts";

/** Milliseconds that an orderly end may take. */
const endTime = 15_000;

/** What is known before the log is open. */
interface Setting {
  readonly options: RunOptions;
  readonly host: Host;
  readonly layout: Layout;
  readonly conf: LibvirtdConf;
  readonly hostUuid: string | undefined;
  readonly access: Readonly<Record<SocketRole, SocketAccess>>;
  readonly log: Logger;
  readonly daemonLog: DaemonLog;
  readonly notify: Notify;
  readonly report: ReportStart | undefined;
  readonly open: OpenDriver;
  readonly ended: Deferred<string>;
  readonly signals: SignalHandling;
}

/** How to open the driver. */
export type OpenDriver = (options: DriverOptions) => Promise<Driver>;

/**
 * Runs the daemon until it is asked to end; returns the exit status. `report` tells the process that started this one.
 */
export async function run(
  options: RunOptions,
  privileged: boolean,
  report: ReportStart | undefined,
  open: OpenDriver,
): Promise<ExitStatus> {
  const ended = deferred<string>();
  const signals = new SignalHandling((signal) => ended.resolve(signal));
  const host = openHost();
  let daemonLog = await DaemonLog.open(consoleLog(options), logMachine(host));
  endOnUncaught(async (error) => {
    daemonLog.logger.error("unexpected error, the daemon ends", { error });
    await daemonLog[Symbol.asyncDispose]();
  }, ExitStatus.crash);
  let status: ExitStatus = ExitStatus.ok;
  try {
    const layout = privileged ? Layout.system() : Layout.session(process.env);
    const explicit = options.config !== undefined;
    const path = options.config ?? layout.configFile("libvirtd.conf");
    const { conf, notices } = await loadConf({ path, optional: !explicit }, host.files);
    checkAccessDrivers(conf);
    const hostUuid = await configuredHostUuid(conf);
    if (report) process.chdir("/");
    daemonLog = await DaemonLog.open(await logSources(options, conf, layout, report !== undefined), logMachine(host));
    const log = daemonLog.logger;
    for (const notice of notices) log.warn(notice);
    log.info("starting", { version, pid: process.pid, instance: layout.kind });
    await runWith({
      options,
      host,
      layout,
      conf,
      hostUuid,
      access: socketAccess(conf, privileged),
      log,
      daemonLog,
      notify: serviceNotifier(process.env, (to, bytes) => host.sockets.sendDatagram(to, bytes)),
      report,
      open,
      ended,
      signals,
    });
  } catch (error) {
    status = error instanceof StartError ? error.status : ExitStatus.failure;
    const { message, cause } = error instanceof Error ? error : new InternalError(String(error));
    daemonLog.logger.error(message, cause === undefined ? {} : { cause });
    await report?.(status).catch(() => undefined);
  }
  await daemonLog[Symbol.asyncDispose]();
  return status;
}

/** From the pid file on: what is taken here is given back at the end, in reverse order. */
async function runWith(setting: Setting): Promise<void> {
  const { options, host, layout, conf, log, notify } = setting;
  await makeRunDirectory(layout, host);
  await using _pidFile = await claimPidFile(options.pidFile ?? layout.daemonPidFile, host.files, process.pid);
  const { ended } = setting;
  await using daemon = new Daemon({
    conf,
    access: setting.access,
    host,
    log,
    logControl: setting.daemonLog,
    timeout: options.timeout,
    onIdle: () => ended.resolve("nothing to do"),
  });
  daemon.addSockets(await makeSockets(setting, daemon));
  const driver = await setting
    .open({
      kind: layout.kind,
      uri: `qemu:///${layout.kind}`,
      layout,
      host,
      log: setting.daemonLog.source(""),
      ...(setting.hostUuid === undefined ? {} : { hostUuid: setting.hostUuid }),
    })
    .catch((cause: unknown) => {
      throw new StartError(ExitStatus.driver, "Driver state initialization failed", { cause });
    });
  daemon.serve(driver);
  setting.signals.reload = () => {
    log.info("reloading definitions");
    driver.reload().catch((error: unknown) => log.error("reload failed", { error }));
  };
  await setting.report?.(ExitStatus.ok);
  notify("READY=1");
  log.info("serving clients", { ms: Math.round(performance.now()) });
  driver.autostart().catch((error: unknown) => log.error("autostart failed", { error }));
  const reason = await ended.promise;
  // Guests do not depend on an orderly end: what hangs now is left behind.
  setTimeout(() => process.exit(ExitStatus.ok), endTime).unref();
  notify("STOPPING=1");
  log.info("ending", { reason });
}

async function makeSockets(setting: Setting, daemon: Daemon): Promise<OpenSocket[]> {
  const { options, host, layout, conf, access: guards, log } = setting;
  const onConnection: Parameters<typeof adoptSockets>[2] = (connection, role) => daemon.accept(connection, role);
  const activated = await assignActivated(host.sockets.activated(process.env));
  if (activated.length > 0) {
    if (options.listen) {
      throw new StartError(
        ExitStatus.network,
        "--listen parameter not permitted with systemd activation sockets, see 'man libvirtd' for further guidance",
      );
    }
    await checkActivated(activated, guards);
    return adoptSockets(activated, host.sockets, onConnection);
  }
  if (options.listen) log.error("TCP and TLS are not available in this version: only UNIX sockets are served");
  try {
    const group = conf.unix_sock_group === undefined ? undefined : await host.users.findGroup(conf.unix_sock_group);
    if (conf.unix_sock_group !== undefined && !group) {
      throw new StartError(ExitStatus.network, `invalid argument: Failed to parse group '${conf.unix_sock_group}'`);
    }
    const clients = conf.max_queued_clients;
    const plan = {
      access: guards,
      gid: group?.gid,
      backlog: { rw: clients, ro: clients, admin: conf.admin_max_queued_clients },
      directory: conf.unix_sock_dir,
    };
    return await openSockets(plan, layout, host.sockets, onConnection);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(ExitStatus.network, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A5 for sockets that somebody else made: not open to everybody without authentication. */
async function checkActivated(
  sockets: readonly ActivatedSocket[],
  guards: Readonly<Record<SocketRole, SocketAccess>>,
): Promise<void> {
  for (const { role, path, name } of sockets) {
    if (role !== "rw" || guards.rw.auth !== "none" || path === undefined) continue;
    if (((await stat(path)).mode & 0o002) === 0) continue;
    throw new StartError(
      ExitStatus.network,
      `everybody can write to ${path} (SocketMode of ${name}) while auth_unix_rw is "none"`,
    );
  }
}

async function makeRunDirectory(layout: Layout, host: Host): Promise<void> {
  try {
    await host.files.makeDirectory(layout.runDirectory, { mode: layout.kind === "system" ? 0o755 : 0o700 });
  } catch (cause) {
    throw new StartError(ExitStatus.runDirectory, `unable to create rundir ${layout.runDirectory}`, { cause });
  }
}

function logMachine(host: Host): Parameters<typeof DaemonLog.open>[1] {
  return {
    pid: process.pid,
    stderr: (text) => void process.stderr.write(text),
    sendDatagram: (path, bytes) => host.sockets.sendDatagram(path, bytes),
  };
}

/** Until the configuration has been read. */
function consoleLog({ verbose }: RunOptions): LogSources {
  return { env: process.env, verbose, fallback: { kind: "stderr", target: "" } };
}

async function logSources(
  { verbose }: RunOptions,
  conf: LibvirtdConf,
  layout: Layout,
  background: boolean,
): Promise<LogSources> {
  return {
    level: conf.log_level === undefined ? undefined : levelOf(String(conf.log_level)),
    filters: conf.log_filters,
    outputs: conf.log_outputs,
    env: process.env,
    verbose,
    fallback: await defaultOutput(layout, background),
  };
}

/** libvirt's rule: the journal when nobody watches, a file when there is none, else standard error. */
async function defaultOutput(layout: Layout, background: boolean): Promise<LogSources["fallback"]> {
  if (!background && isatty(0)) return { kind: "stderr", target: "" };
  const journal = await access(journalSocket, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (journal) return { kind: "journald", target: "" };
  return background ? { kind: "file", target: layout.daemonLog } : { kind: "stderr", target: "" };
}
