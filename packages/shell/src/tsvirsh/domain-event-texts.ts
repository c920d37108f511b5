import type { Domain, DomainEventName, DomainEventOf } from "@tsvirt/client";
import type { Json } from "../vsh/output.ts";
import type { Shell } from "../vsh/shell.ts";
import type { EventSource } from "./event-loop.ts";
import { typedJson, typedText } from "./typed-value.ts";

// The texts stand at libvirt's numbers.
const lifecycles = [
  "Defined",
  "Undefined",
  "Started",
  "Suspended",
  "Resumed",
  "Stopped",
  "Shutdown",
  "PMSuspended",
  "Crashed",
];
const lifecycleDetails: readonly (readonly string[])[] = [
  ["Added", "Updated", "Renamed", "Snapshot"],
  ["Removed", "Renamed"],
  ["Booted", "Migrated", "Restored", "Snapshot", "Event wakeup"],
  ["Paused", "Migrated", "I/O Error", "Watchdog", "Restored", "Snapshot", "API error", "Post-copy", "Post-copy Error"],
  ["Unpaused", "Migrated", "Snapshot", "Post-copy", "Post-copy Error"],
  ["Shutdown", "Destroyed", "Crashed", "Migrated", "Saved", "Failed", "Snapshot", "Daemon"],
  ["Finished", "Finished after guest request", "Finished after host request"],
  ["Memory", "Disk"],
  ["Panicked", "Crashloaded"],
];
const watchdogActions = ["none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi"];
const ioErrorActions = ["none", "pause", "report"];
const graphicsPhases = ["connect", "initialize", "disconnect"];
const graphicsFamilies = ["IPv4", "IPv6", "unix"];
const blockJobs = ["Unknown job", "Block Pull", "Block Copy", "Block Commit", "Active Block Commit", "Backup"];
const blockJobStates = ["completed", "failed", "canceled", "ready"];
const diskChanges = ["changed", "dropped"];
const trayChanges = ["opened", "closed"];
const agentStates = ["unknown", "connected", "disconnected"];
const agentReasons = ["unknown", "domain started", "channel event"];
const metadataTypes = ["description", "title", "element"];
const memoryRecipients = ["hypervisor", "guest"];
const memoryActions = ["ignore", "inject", "fatal", "reset"];

const at = (texts: readonly string[] | undefined, number: number): string => texts?.[number] ?? "unknown";

/** What an event says after the name of its guest, and the same in JSON. */
interface Said {
  readonly text: string;
  readonly json: { readonly [key: string]: Json };
}

type Describe<N extends DomainEventName> = (event: DomainEventOf<N>) => Said;

const nothing = (): Said => ({ text: "\n", json: {} });
const device = ({ devAlias }: { readonly devAlias: string }): Said => ({
  text: `: ${devAlias}\n`,
  json: { device: devAlias },
});

type Params = DomainEventOf<"tunable">["params"];
function parameters(params: Params): Said {
  return {
    text: `:\n${params.map(({ field, value }) => `\t${field}: ${typedText(value)}\n`).join("")}`,
    json: Object.fromEntries(params.map(({ field, value }) => [field, typedJson(value)])),
  };
}

function blockJob(disk: string, type: number, status: number): Said {
  const [job, state] = [at(blockJobs, type), at(blockJobStates, status)];
  return { text: `: ${job} for ${disk} ${state}\n`, json: { job, disk, state } };
}

const describers: { readonly [N in DomainEventName]: Describe<N> } = {
  lifecycle: ({ event, detail }) => {
    const [what, why] = [at(lifecycles, event), at(lifecycleDetails[event], detail)];
    return { text: `: ${what} ${why}\n`, json: { what, why } };
  },
  reboot: nothing,
  rtcChange: ({ offset }) => ({ text: `: ${offset}\n`, json: { offset } }),
  watchdog: ({ action }) => {
    const text = at(watchdogActions, action);
    return { text: `: ${text}\n`, json: { action: text } };
  },
  ioError: ({ srcPath, devAlias, action }) => {
    const text = at(ioErrorActions, action);
    return { text: `: ${srcPath} (${devAlias}) ${text}\n`, json: { path: srcPath, device: devAlias, action: text } };
  },
  graphics: ({ phase, local, remote, authScheme, subject }) => {
    const address = ({ family, node, service }: typeof local): string =>
      `[${at(graphicsFamilies, family)} ${node} ${service}]`;
    const [when, from, to] = [at(graphicsPhases, phase), address(local), address(remote)];
    const identities = subject.map(({ type, name }) => `\t${type}=${name}\n`).join("");
    return {
      text: `: ${when} local${from} remote${to} ${authScheme}\n${identities}`,
      json: {
        phase: when,
        local: { ...local },
        remote: { ...remote },
        authScheme,
        subject: subject.map(({ type, name }) => ({ type, name })),
      },
    };
  },
  ioErrorReason: ({ srcPath, devAlias, action, reason }) => {
    const text = at(ioErrorActions, action);
    return {
      text: `: ${srcPath} (${devAlias}) ${text} due to ${reason}\n`,
      json: { path: srcPath, device: devAlias, action: text, reason },
    };
  },
  controlError: nothing,
  blockJob: ({ path, type, status }) => blockJob(path, type, status),
  diskChange: ({ oldSrcPath, newSrcPath, devAlias, reason }) => {
    const why = at(diskChanges, reason);
    return {
      text: ` disk ${devAlias}: ${oldSrcPath ?? "<null>"} -> ${newSrcPath ?? "<null>"}: ${why}\n`,
      json: { device: devAlias, old: oldSrcPath ?? null, new: newSrcPath ?? null, reason: why },
    };
  },
  trayChange: ({ devAlias, reason }) => {
    const how = at(trayChanges, reason);
    return { text: ` disk ${devAlias}: ${how}\n`, json: { device: devAlias, tray: how } };
  },
  pmwakeup: nothing,
  pmsuspend: nothing,
  balloonChange: ({ actual }) => ({ text: `: ${actual}KiB\n`, json: { actualKib: actual } }),
  pmsuspendDisk: nothing,
  deviceRemoved: device,
  blockJob2: ({ dst, type, status }) => blockJob(dst, type, status),
  tunable: ({ params }) => parameters(params),
  agentLifecycle: ({ state, reason }) => {
    const [now, why] = [at(agentStates, state), at(agentReasons, reason)];
    return { text: `: state: '${now}' reason: '${why}'\n`, json: { state: now, reason: why } };
  },
  deviceAdded: device,
  migrationIteration: ({ iteration }) => ({ text: `: iteration: '${iteration}'\n`, json: { iteration } }),
  jobCompleted: ({ params }) => parameters(params),
  deviceRemovalFailed: device,
  metadataChange: ({ type, nsuri }) => {
    const what = at(metadataTypes, type);
    return { text: `: type ${what}, uri ${nsuri ?? "<null>"}\n`, json: { type: what, uri: nsuri ?? null } };
  },
  blockThreshold: ({ dev, path, threshold, excess }) => ({
    text: `: dev: ${dev}(${path ?? "<null>"}) ${threshold} ${excess}\n`,
    json: { device: dev, path: path ?? null, threshold, excess },
  }),
  memoryFailure: ({ recipient, action, flags }) => {
    const [whom, what] = [at(memoryRecipients, recipient), at(memoryActions, action)];
    return {
      text: `:\nrecipient: ${whom}\naction: ${what}\nflags: ${flags}\n`,
      json: { recipient: whom, action: what, flags },
    };
  },
  memoryDeviceSizeChange: ({ alias, size }) => ({
    text: `:\nalias: ${alias}\nsize: ${size}\n`,
    json: { device: alias, sizeKib: size },
  }),
};

/** What virsh calls the kinds of events, in libvirt's order. */
export const eventKinds: Readonly<Record<string, DomainEventName>> = {
  lifecycle: "lifecycle",
  reboot: "reboot",
  "rtc-change": "rtcChange",
  watchdog: "watchdog",
  "io-error": "ioError",
  graphics: "graphics",
  "io-error-reason": "ioErrorReason",
  "control-error": "controlError",
  "block-job": "blockJob",
  "disk-change": "diskChange",
  "tray-change": "trayChange",
  "pm-wakeup": "pmwakeup",
  "pm-suspend": "pmsuspend",
  "balloon-change": "balloonChange",
  "pm-suspend-disk": "pmsuspendDisk",
  "device-removed": "deviceRemoved",
  "block-job-2": "blockJob2",
  tunable: "tunable",
  "agent-lifecycle": "agentLifecycle",
  "device-added": "deviceAdded",
  "migration-iteration": "migrationIteration",
  "job-completed": "jobCompleted",
  "device-removal-failed": "deviceRemovalFailed",
  "metadata-change": "metadataChange",
  "block-threshold": "blockThreshold",
  "memory-failure": "memoryFailure",
  "memory-device-size-change": "memoryDeviceSizeChange",
};

/** A kind of event by virsh's name, of all guests or one, as reports. */
export function domainEventSource(shell: Shell, name: string, domain: Domain | undefined): EventSource {
  return sourceOf(shell, name, eventKinds[name] ?? "lifecycle", domain);
}

function sourceOf<N extends DomainEventName>(
  { connection }: Shell,
  name: string,
  kind: N,
  domain: Domain | undefined,
): EventSource {
  const say: Describe<N> = describers[kind];
  return (report) =>
    connection.on(
      kind,
      (event) => {
        const { text, json } = say(event);
        const who = event.domain.name;
        report({
          text: `event '${name}' for domain '${who}'${text}`,
          json: { event: name, domain: who, ...json },
        });
      },
      domain ? { domain } : {},
    );
}
