import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "@tsvirt/codec/options";
import { QmpClosedError, QmpError } from "../qmp/errors.ts";
import type { ExecuteOptions } from "../qmp/session.ts";
import * as hmp from "./commands.ts";
import type { HmpCommandOptions } from "./session.ts";

/** Types commands into a text monitor. */
export interface Typist {
  /** Types a declared command and reads its answer. Throws `QmpError` when QEMU refuses. */
  run<A, R>(command: hmp.HmpCommand<A, R>, args: A, options?: HmpCommandOptions): Promise<R>;
  /** Types a line and gives what is printed. */
  type(line: string, options?: HmpCommandOptions): Promise<string>;
  /** Tells of something that a QEMU with QMP would have told of itself. */
  emit(event: string, data?: JsonObject): void;
}

/** One command of QMP in terms of the text monitor. */
export type Translation = (typist: Typist, args: JsonObject, options: ExecuteOptions) => Promise<JsonValue>;

const MIB = 1_048_576n;

/** A command without arguments or result; `event` is what QMP would have sent before the reply. */
function plain(command: hmp.HmpCommand<Readonly<Record<never, never>>, undefined>, event?: string, data?: JsonObject) {
  return async (typist: Typist, _args: JsonObject, options: ExecuteOptions): Promise<JsonValue> => {
    await typist.run(command, {}, options);
    if (event !== undefined) typist.emit(event, data);
    return {};
  };
}

/**
 * The commands of QMP that a guest's everyday life needs, by their names there. What is missing here has no counterpart: a
 * text monitor has no block nodes, no objects and no properties.
 */
const translations: Readonly<Record<string, Translation>> = {
  "query-version": async (typist, _args, options) => {
    const { major, minor, micro, package: packageText } = await typist.run(hmp.version, {}, options);
    return { qemu: { major, minor, micro }, package: packageText };
  },
  "query-status": async (typist, _args, options) => ({ ...(await typist.run(hmp.status, {}, options)) }),
  "query-kvm": async (typist, _args, options) => ({
    ...(await typist.run(hmp.kvm, {}, options)),
    present: true,
  }),
  cont: plain(hmp.cont, "RESUME"),
  stop: plain(hmp.stop, "STOP"),
  system_powerdown: plain(hmp.systemPowerdown),
  system_reset: plain(hmp.systemReset, "RESET", { guest: false, reason: "host-qmp-system-reset" }),
  quit: async (typist, _args, options) => {
    try {
      await typist.run(hmp.quit, {}, options);
    } catch (error) {
      // There is nobody left to show a prompt.
      if (!(error instanceof QmpClosedError)) throw error;
    }
    return {};
  },
  "inject-nmi": async (typist, _args, options) => {
    await typist.run(hmp.nmi, { cpu: 0 }, options);
    return {};
  },

  "query-chardev": async (typist, _args, options) =>
    // With `-chardev` the back end of `serial0` is `charserial0`; here there is one name for both.
    (await typist.run(hmp.chardevs, {}, options)).map(({ label, filename }) => ({ label: `char${label}`, filename })),
  "query-cpus-fast": async (typist, _args, options) =>
    [...(await typist.run(hmp.cpus, {}, options))].map(([cpu, thread]) => ({
      "cpu-index": cpu,
      "qom-path": "",
      "thread-id": thread,
    })),
  "query-block": async (typist, _args, options) =>
    (await typist.run(hmp.blocks, {}, options)).map(
      ({ device, removable, locked, trayOpen, file, format, readonly, ioStatus, qdev, node }) => ({
        device,
        ...(qdev !== undefined && { qdev }),
        removable,
        locked,
        ...(trayOpen !== undefined && { tray_open: trayOpen }),
        ...(ioStatus !== undefined && { "io-status": ioStatus }),
        ...(file !== undefined && {
          inserted: { file, drv: format ?? "raw", ro: readonly, ...(node !== undefined && { "node-name": node }) },
        }),
      }),
    ),
  "query-blockstats": async (typist, _args, options) =>
    [...(await typist.run(hmp.blockStats, {}, options))].map(([device, figures]) => ({
      device,
      qdev: device,
      stats: Object.fromEntries(
        // The text has `rd_total_times_ns` where QMP has `rd_total_time_ns`.
        [...figures].map(([name, value]) => [name.replace("_total_times_ns", "_total_time_ns"), value]),
      ),
    })),
  block_resize: async (typist, { device, size }, options) => {
    await typist.run(hmp.blockResize, { device: text(device), bytes: big(size) }, options);
    return {};
  },
  eject: async (typist, { device, force }, options) => {
    await typist.run(hmp.eject, { device: text(device), force: force === true }, options);
    return {};
  },
  change: async (typist, { device, target }, options) => {
    await typist.run(hmp.change, { device: text(device), file: text(target) }, options);
    return {};
  },

  balloon: async (typist, { value }, options) => {
    await typist.run(hmp.balloon, { mib: Number((big(value) + MIB - 1n) / MIB) }, options);
    return {};
  },
  "query-balloon": async (typist, _args, options) => {
    const figures = await typist.run(hmp.balloonInfo, {}, options);
    return { actual: (figures.get("actual") ?? 0n) * MIB };
  },
  set_link: async (typist, { name, up }, options) => {
    const link = { name: text(name) };
    try {
      await typist.run(hmp.setLink, { ...link, state: up === true ? "up" : "down" }, options);
    } catch (error) {
      // From 0.14 on it is a switch like others.
      if (!(error instanceof QmpError) || error.errorClass !== "GenericError") throw error;
      await typist.run(hmp.setLink, { ...link, state: up === true ? "on" : "off" }, options);
    }
    return {};
  },
  set_password: async (typist, { protocol, password, connected }, options) => {
    const secret = text(password);
    const kind = text(protocol);
    // Typed where it is asked for, so that no echo of it is to be told from an answer; all releases have it.
    if (kind === "vnc") await typist.run(hmp.changeVncPassword, {}, { ...options, password: secret });
    else {
      const kept = typeof connected === "string" ? connected : "keep";
      await typist.run(hmp.setPassword, { protocol: kind, password: secret, connected: kept }, options);
    }
    return {};
  },
  expire_password: async (typist, { protocol, time }, options) => {
    try {
      await typist.run(hmp.expirePassword, { protocol: text(protocol), time: text(time) }, options);
    } catch (error) {
      // Where passwords cannot expire they never do.
      if (!(error instanceof QmpError && error.errorClass === "CommandNotFound" && time === "never")) throw error;
    }
    return {};
  },

  getfd: async (typist, { fdname }, options) => {
    await typist.run(hmp.getfd, { name: text(fdname) }, options);
    return {};
  },
  closefd: async (typist, { fdname }, options) => {
    await typist.run(hmp.closefd, { name: text(fdname) }, options);
    return {};
  },
  migrate: async (typist, { uri, blk, inc }, options) => {
    const blocks = inc === true ? "incremental" : blk === true ? "full" : undefined;
    await typist.run(hmp.migrate, { uri: text(uri), blocks }, options);
    return {};
  },
  migrate_cancel: plain(hmp.migrateCancel),
  "query-migrate": async (typist, _args, options) => {
    const { status, transferred, remaining, total } = await typist.run(hmp.migration, {}, options);
    if (status === "none") return {};
    return { status, ram: { transferred, remaining, total } };
  },
  "migrate-set-parameters": async (typist, args, options) => {
    const bandwidth = args["max-bandwidth"];
    const downtime = args["downtime-limit"];
    if (bandwidth !== undefined) {
      await typist.run(hmp.migrateSetSpeed, { mib: Math.max(1, Number(big(bandwidth) / MIB)) }, options);
    }
    if (downtime !== undefined) await typist.run(hmp.migrateSetDowntime, { ms: Number(big(downtime)) }, options);
    return {};
  },

  screendump: async (typist, { filename }, options) => {
    await typist.run(hmp.screendump, { file: text(filename) }, options);
    return {};
  },
  "send-key": async (typist, args, options) => {
    const keys = (isJsonArray(args.keys) ? args.keys : []).map((key) => {
      const data = isJsonObject(key) && key.type === "number" ? key.data : undefined;
      if (typeof data !== "number") throw unavailable("send-key by name");
      return data;
    });
    const held = args["hold-time"];
    await typist.run(hmp.sendkey, { keys, holdTime: held === undefined ? undefined : Number(big(held)) }, options);
    return {};
  },
  memsave: async (typist, { val, size, filename }, options) => {
    await typist.run(hmp.memsave, { address: big(val), size: big(size), file: text(filename) }, options);
    return {};
  },
  pmemsave: async (typist, { val, size, filename }, options) => {
    await typist.run(hmp.pmemsave, { address: big(val), size: big(size), file: text(filename) }, options);
    return {};
  },
  "human-monitor-command": (typist, args, options) => typist.type(text(args["command-line"]), options),
};

/** How a command of QMP is typed. Throws libvirt's "operation unsupported" for one that has no counterpart. */
export function translationOf(name: string): Translation {
  const found = Object.hasOwn(translations, name) ? translations[name] : undefined;
  if (!found) throw unavailable(name);
  return found;
}

function unavailable(what: string): Error {
  return virtError(
    ErrorCode.operationUnsupported,
    `QEMU command '${what}' is not available on the text monitor of this QEMU`,
    { domain: ErrorDomain.qemu },
  );
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : value === undefined || value === null ? "" : String(value);
}

function big(value: JsonValue | undefined): bigint {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}
