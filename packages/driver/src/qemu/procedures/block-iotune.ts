import { ErrorCode, virtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject, type JsonObject } from "@tsvirt/codec/options";
import type { Disk, DiskIoTune, Domain } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainBlockIotuneParameter as Parameter,
  type ParamsOf,
  param,
  type RemoteProcedures,
  type TypedParam,
  typedParams,
} from "@tsvirt/rpc";
import { definitionOf } from "../definitions/documents.ts";
import type { TunedValue } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { localPath } from "../images/source-path.ts";
import { counterOf, memberOf } from "../monitor/json-member.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, inRoom } from "./tuned.ts";

const limit = (name: Parameter) => param(name, "ullong");
const parameters = typedParams({
  totalBytesSec: limit(Parameter.totalBytesSec),
  readBytesSec: limit(Parameter.readBytesSec),
  writeBytesSec: limit(Parameter.writeBytesSec),
  totalIopsSec: limit(Parameter.totalIopsSec),
  readIopsSec: limit(Parameter.readIopsSec),
  writeIopsSec: limit(Parameter.writeIopsSec),
  totalBytesSecMax: limit(Parameter.totalBytesSecMax),
  readBytesSecMax: limit(Parameter.readBytesSecMax),
  writeBytesSecMax: limit(Parameter.writeBytesSecMax),
  totalIopsSecMax: limit(Parameter.totalIopsSecMax),
  readIopsSecMax: limit(Parameter.readIopsSecMax),
  writeIopsSecMax: limit(Parameter.writeIopsSecMax),
  sizeIopsSec: limit(Parameter.sizeIopsSec),
  groupName: param(Parameter.groupName, "string"),
  totalBytesSecMaxLength: limit(Parameter.totalBytesSecMaxLength),
  readBytesSecMaxLength: limit(Parameter.readBytesSecMaxLength),
  writeBytesSecMaxLength: limit(Parameter.writeBytesSecMaxLength),
  totalIopsSecMaxLength: limit(Parameter.totalIopsSecMaxLength),
  readIopsSecMaxLength: limit(Parameter.readIopsSecMaxLength),
  writeIopsSecMaxLength: limit(Parameter.writeIopsSecMaxLength),
});
type Values = ParamsOf<typeof parameters.fields>;
type NumberName = Exclude<keyof Values, "groupName">;

/** QEMU's greatest limit. */
const LIMIT_MAX = 1_000_000_000_000_000n;

/** QEMU's words for the limits, in `block_set_io_throttle` and `query-block`. */
const qemuNames: Readonly<Record<NumberName, string>> = {
  totalBytesSec: "bps",
  readBytesSec: "bps_rd",
  writeBytesSec: "bps_wr",
  totalIopsSec: "iops",
  readIopsSec: "iops_rd",
  writeIopsSec: "iops_wr",
  totalBytesSecMax: "bps_max",
  readBytesSecMax: "bps_rd_max",
  writeBytesSecMax: "bps_wr_max",
  totalIopsSecMax: "iops_max",
  readIopsSecMax: "iops_rd_max",
  writeIopsSecMax: "iops_wr_max",
  sizeIopsSec: "iops_size",
  totalBytesSecMaxLength: "bps_max_length",
  readBytesSecMaxLength: "bps_rd_max_length",
  writeBytesSecMaxLength: "bps_wr_max_length",
  totalIopsSecMaxLength: "iops_max_length",
  readIopsSecMaxLength: "iops_rd_max_length",
  writeIopsSecMaxLength: "iops_wr_max_length",
};
const numberNames = Object.keys(qemuNames) as NumberName[];

/** Limits that are set together: a call that names one of a family replaces them all. */
const families = ["BytesSec", "BytesSecMax", "IopsSec", "IopsSecMax", "BytesSecMaxLength", "IopsSecMaxLength"] as const;
const directions = ["total", "read", "write"] as const;

/** Calls that limit the traffic of a disk. */
export function blockIoTuneProcedures({ driver }: ProcedureContext) {
  return {
    async domainGetBlockIoTune({ dom, disk: path, nparams, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetBlockIoTune");
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      if (nparams === 0) return { params: [], nparams: Object.keys(parameters.fields).length };
      if (scope.live) {
        const live = guest.requireLive();
        const disk = requireDisk(live.domain, path ?? "", "live");
        return inRoom(parameters.format(await readLive(guest, live, disk)), nparams);
      }
      const definition = definitionOf(guest);
      if (!definition) return { params: [], nparams: 0 };
      const tune = requireDisk(definition, path ?? "", "get").iotune;
      return inRoom(parameters.format(complete(tune)), nparams);
    },

    async domainSetBlockIoTune({ dom, disk: path, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetBlockIoTune");
      const values = parameters.parse(params);
      const guest = guestOf(driver, dom);
      await changeTuning(driver, guest, flags, "set block I/O tuning", {
        config(definition) {
          checkRequest(params, values);
          const disk = requireDisk(definition, path, "set");
          return withTune(definition, disk, settle(definition, disk, values));
        },
        async live(live) {
          checkRequest(params, values);
          const disk = requireDisk(live.domain, path, "live");
          const tune = settle(live.domain, disk, values);
          checkBursts(tune);
          if (disk.source) await throttle(guest, live, disk, tune);
          live.domain = withTune(live.domain, disk, tune);
          driver.events.emit(guest.ref, { kind: "tunable", values: tunedValues(path, params) });
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** A disk by its target or its image's path, that can be limited. */
function requireDisk({ devices }: Domain, path: string, use: "live" | "get" | "set"): Disk {
  const disk = devices?.disks.find(({ target, source }) => target.dev === path || localPath(source) === path);
  if (!disk) {
    const texts = {
      live: `disk '${path}' was not found in the domain config`,
      get: `disk '${path}' was not found in the domain config`,
      set: `missing persistent configuration for disk '${path}'`,
    };
    throw virtError(ErrorCode.invalidArg, texts[use]);
  }
  if (disk.type === "vhostuser" || disk.target.bus === "sd") {
    throw virtError(ErrorCode.configUnsupported, `block I/O throttling is not supported for disk '${disk.target.dev}'`);
  }
  return disk;
}

function checkRequest(params: readonly TypedParam[], values: Values): void {
  for (const { value } of params) {
    if (value.type === "ullong" && value.value > LIMIT_MAX) {
      throw virtError(
        ErrorCode.argumentUnsupported,
        `block I/O throttle limit value must be no more than ${LIMIT_MAX}`,
      );
    }
  }
  for (const [family, word] of [
    ["BytesSec", "bytes_sec"],
    ["IopsSec", "iops_sec"],
    ["BytesSecMax", "bytes_sec_max"],
    ["IopsSecMax", "iops_sec_max"],
  ] as const) {
    const given = (direction: (typeof directions)[number]): boolean => (values[`${direction}${family}`] ?? 0n) !== 0n;
    if (given("total") && (given("read") || given("write"))) {
      throw virtError(ErrorCode.invalidArg, `total and read/write of ${word} cannot be set at the same time`);
    }
  }
}

/** The limits that a disk will have: what the call leaves out stays, by families; those of its group count for it. */
function settle({ devices }: Domain, disk: Disk, values: Values): DiskIoTune {
  const { groupName } = values;
  const inGroup =
    groupName === undefined || disk.iotune?.groupName === groupName
      ? undefined
      : devices?.disks.find(({ iotune }) => iotune?.groupName === groupName);
  const before = (inGroup ?? disk).iotune;
  const after: Record<string, bigint> = {};
  for (const family of families) {
    const isGiven = directions.some((direction) => values[`${direction}${family}`] !== undefined);
    for (const direction of directions) {
      const name = `${direction}${family}` as const;
      after[name] = (isGiven ? values[name] : before?.[name]) ?? 0n;
    }
  }
  // QEMU refuses a length of 0 while there is a limit it belongs to.
  for (const direction of directions) {
    for (const family of ["BytesSec", "IopsSec"] as const) {
      const name = `${direction}${family}MaxLength` as const;
      const isCleared = (before?.[name] ?? 0n) !== 0n && after[name] === 0n;
      const hasLimit = after[`${direction}${family}`] !== 0n || after[`${direction}${family}Max`] !== 0n;
      if (isCleared && hasLimit) after[name] = 1n;
    }
  }
  after.sizeIopsSec = values.sizeIopsSec ?? before?.sizeIopsSec ?? 0n;
  const group = groupName ?? before?.groupName;
  const limits = Object.fromEntries(Object.entries(after).filter(([, value]) => value !== 0n));
  if (Object.keys(limits).length > 0) return { ...limits, ...(group !== undefined && { groupName: group }) };
  if (group !== undefined && group !== disk.iotune?.groupName) {
    throw virtError(
      ErrorCode.configUnsupported,
      "creating a new group/updating existing with all tune parameters zero is not supported",
    );
  }
  return {};
}

function checkBursts(tune: DiskIoTune): void {
  for (const family of ["BytesSec", "IopsSec"] as const) {
    for (const direction of directions) {
      const [name, most] = [`${direction}${family}`, `${direction}${family}Max`] as const;
      const [value = 0n, burst = 0n] = [tune[name], tune[most]];
      if (burst === 0n) continue;
      const word = parameters.fields[name].name;
      if (value === 0n) {
        throw virtError(ErrorCode.configUnsupported, `cannot reset '${word}' when '${word}_max' is set`);
      }
      if (burst < value) {
        throw virtError(ErrorCode.configUnsupported, `value '${word}_max' cannot be smaller than '${word}'`);
      }
    }
  }
}

/** What QEMU is told, by the device's place in its object tree. */
async function throttle(guest: Guest, live: LiveGuest, disk: Disk, tune: DiskIoTune): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const request: Record<string, string | bigint> = { id: await placeOf(guest, live, disk) };
  for (const name of numberNames) {
    const value = tune[name] ?? 0n;
    // A length that is not set is QEMU's own default.
    if (!name.endsWith("MaxLength") || value !== 0n) request[qemuNames[name]] = value;
  }
  if (tune.groupName !== undefined) request.group = tune.groupName;
  await session.execute(qmp.blockSetIoThrottle, request as JsonObject);
}

/** Where QEMU has the disk: as `query-block` names it, since what is below a device's own name differs by its kind. */
async function placeOf(guest: Guest, live: LiveGuest, disk: Disk): Promise<string> {
  const alias = disk.alias ?? "";
  const entries = await live.requireMonitor(guest.name).session.execute(qmp.queryBlock, {});
  const found = entries.find(
    ({ qdev }) => qdev === alias || qdev?.startsWith(`/machine/peripheral/${alias}/`) === true,
  );
  if (found?.qdev === undefined) throw noDevice(alias);
  return found.qdev;
}

async function readLive(guest: Guest, live: LiveGuest, disk: Disk): Promise<Values> {
  const place = await placeOf(guest, live, disk);
  const { session } = live.requireMonitor(guest.name);
  const entries = await session.execute(qmp.queryBlockInserted, {});
  const entry = (isJsonArray(entries) ? entries : []).find((each) => memberOf(each, "qdev") === place);
  const inserted = entry === undefined ? undefined : memberOf(entry, "inserted");
  if (!isJsonObject(inserted)) throw noDevice(disk.alias ?? "");
  const group = memberOf(inserted, "group");
  const numbers = numberNames.map((name) => [name, counterOf(inserted, qemuNames[name])] as const);
  return { ...Object.fromEntries(numbers), groupName: typeof group === "string" ? group : "" };
}

function noDevice(alias: string): Error {
  return virtError(ErrorCode.internalError, `cannot find throttling info for device '${alias}'`);
}

function complete(tune: DiskIoTune | undefined): Values {
  const numbers = numberNames.map((name) => [name, tune?.[name] ?? 0n] as const);
  return { ...Object.fromEntries(numbers), groupName: tune?.groupName ?? "" };
}

/** The document with a disk's limits, which are those of all disks in its group. */
function withTune(domain: Domain, disk: Disk, tune: DiskIoTune): Domain {
  const { devices } = domain;
  if (!devices) return domain;
  const isEmpty = Object.keys(tune).length === 0;
  const disks = devices.disks.map((each): Disk => {
    const isIn = tune.groupName !== undefined && each.iotune?.groupName === tune.groupName;
    if (each.target.dev !== disk.target.dev && !isIn) return each;
    const { iotune: _, ...rest } = each;
    return isEmpty ? rest : { ...rest, iotune: tune };
  });
  return { ...domain, devices: { ...devices, disks } };
}

function tunedValues(path: string, params: readonly TypedParam[]): TunedValue[] {
  const values: TunedValue[] = [{ name: "blkdeviotune.disk", type: "string", value: path }];
  for (const { field, value } of params) {
    const name = `blkdeviotune.${field}`;
    if (value.type === "ullong") values.push({ name, type: "ullong", value: value.value });
    else if (value.type === "string") values.push({ name, type: "string", value: value.value });
  }
  return values;
}
