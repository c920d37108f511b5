import { ErrorCode, type Logger, VirtError } from "@tsvirt/base";
import type { Host } from "@tsvirt/host";
import type { ImportedMonitor, ImportReport } from "@tsvirt/qemu/import";
import { Monitor, type MonitorLink } from "../monitor/monitor.ts";
import { linkOf } from "../monitor/text-link.ts";
import type { ForeignQemu } from "./examine.ts";
import { refusal } from "./refusal.ts";

/** A monitor that can be tried. */
export interface MonitorPlace {
  readonly protocol: "qmp" | "hmp";
  readonly type: "unix" | "pty";
  /** Absolute. */
  readonly path: string;
}

/** A monitor that is not used. */
export interface PassedOver {
  readonly monitor: string;
  readonly reason: string;
}

/** Which monitor a QEMU is managed by. */
export interface MonitorChoice {
  readonly place: MonitorPlace;
  readonly passedOver: readonly PassedOver[];
}

/** How long a monitor has to say hello: one whose only place is taken never does. Milliseconds. */
const HELLO_LIMIT = 3_000;

/**
 * Finds the monitor of a QEMU that answers: those of QMP first, each in the order of the command line. Throws a `VirtError`
 * that says of each why not.
 */
export async function chooseMonitor(host: Host, log: Logger, qemu: ForeignQemu): Promise<MonitorChoice> {
  const { pid } = qemu.facts;
  const passedOver: PassedOver[] = [];
  const places = placesOf(qemu, passedOver);
  for (const place of places) {
    const reason = await tryPlace(host, log, pid, place);
    if (reason === undefined) return { place, passedOver };
    passedOver.push({ monitor: nameOf(place), reason });
  }
  const each = passedOver.map(({ monitor, reason }) => `${monitor}: ${reason}`).join("; ");
  if (places.length > 0) throw refusal(pid, `none of its monitors can be used (${each})`, ErrorCode.operationFailed);
  const remedy = "start QEMU with -qmp unix:PATH,server=on,wait=off";
  throw refusal(
    pid,
    `it has no monitor that can be used${each === "" ? "" : ` (${each})`}: ${remedy}`,
    ErrorCode.operationUnsupported,
  );
}

/** A monitor in words. */
export function nameOf({ protocol, type, path }: MonitorPlace): string {
  return `${protocol.toUpperCase()} ${type === "unix" ? `unix:${path}` : path}`;
}

function placesOf(qemu: ForeignQemu, passedOver: PassedOver[]): MonitorPlace[] {
  const found: MonitorPlace[] = [];
  for (const monitor of qemu.monitors) {
    const place = placeOf(qemu, monitor);
    if (typeof place === "object") found.push(place);
    else passedOver.push({ monitor: `${monitor.protocol.toUpperCase()} ${monitor.label}`, reason: place });
  }
  return [...found.filter(({ protocol }) => protocol === "qmp"), ...found.filter(({ protocol }) => protocol === "hmp")];
}

/** Where a monitor is, or why nobody can get there. */
function placeOf(qemu: ForeignQemu, { protocol, label, backend }: ImportedMonitor): MonitorPlace | string {
  const { directory, terminals } = qemu.surroundings;
  if (!backend) return "its character device is not understood";
  const source = backend.sources[0];
  switch (backend.type) {
    case "unix": {
      if (source?.mode !== "bind") return "QEMU does not listen there but connects to somebody";
      const path = source.path ?? "";
      if (path === "") return "the path of its socket is not in the command line";
      if (path.startsWith("/")) return { protocol, type: "unix", path };
      if (directory === undefined) return `'${path}' is in QEMU's working directory, which is not known`;
      return { protocol, type: "unix", path: `${directory === "/" ? "" : directory}/${path}` };
    }
    case "pty": {
      const path = terminals[earlyTerminals(qemu.report).indexOf(label)];
      return path === undefined ? "its terminal is not known" : { protocol, type: "pty", path };
    }
    case "tcp":
      return "TCP is open to every user of the host; only UNIX sockets and terminals are used";
    case "stdio":
      return "it is on the terminal that QEMU was started from";
    default:
      return `a monitor on a device of type '${backend.type ?? ""}' cannot be reached`;
  }
}

/** Labels of the terminals that QEMU makes before those of its serial and parallel ports, in its order. */
function earlyTerminals(report: ImportReport): string[] {
  let words = 0;
  return report.arguments.flatMap(({ words: [option = "", value = ""] }) => {
    switch (option.replace(/^--?/, "")) {
      case "chardev":
        return /^(?:backend=)?pty(?:,|$)/.test(value) ? [/(?:^|,)id=([^,]*)/.exec(value)?.[1] ?? ""] : [];
      case "monitor":
      case "qmp":
      case "qmp-pretty": {
        if (value === "none") return [];
        const label = `compat_monitor${words++}`;
        return value === "pty" ? [label] : [];
      }
      default:
        return [];
    }
  });
}

/** Talks to a monitor for a moment. Gives the reason if that is not possible. */
async function tryPlace(host: Host, log: Logger, pid: number, place: MonitorPlace): Promise<string | undefined> {
  let link: MonitorLink;
  try {
    if (place.type === "pty") link = linkOf(await host.streams.openTerminal(place.path));
    else {
      const connection = await host.sockets.connect(place.path);
      link = connection;
      // Whoever listens there now need not be who made the socket.
      const owner = connection.peer?.pid;
      if (owner !== undefined && owner !== pid) {
        connection.close();
        return `process ${owner} listens there, not ${pid}`;
      }
    }
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    return error.message;
  }
  const monitor = new Monitor(link, { event: () => undefined, lost: () => undefined }, log, place.protocol);
  try {
    await monitor.ready(AbortSignal.timeout(HELLO_LIMIT));
    return undefined;
  } catch (error) {
    if (error instanceof DOMException) return "it is in use by another program, or does not answer";
    if (!(error instanceof VirtError)) throw error;
    return error.message;
  } finally {
    monitor.close();
  }
}
