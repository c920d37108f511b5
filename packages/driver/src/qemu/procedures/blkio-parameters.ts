import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { blkioWeight, setBlkioWeight } from "@tsvirt/host";
import type { BlkioDevice, BlkioTune, Domain } from "@tsvirt/model/domain";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainBlkioParameter as Parameter,
  type ParamsOf,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { type BlkioLimitName, limitDevice } from "../cgroups/start-tuning.ts";
import { definitionOf } from "../definitions/documents.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, inRoom, requireController } from "./tuned.ts";

const parameters = typedParams({
  total: param(Parameter.weight, "uint"),
  weight: param(Parameter.deviceWeight, "string"),
  readIopsSec: param(Parameter.deviceReadIops, "string"),
  writeIopsSec: param(Parameter.deviceWriteIops, "string"),
  readBytesSec: param(Parameter.deviceReadBps, "string"),
  writeBytesSec: param(Parameter.deviceWriteBps, "string"),
});
type Values = ParamsOf<typeof parameters.fields>;

const limitNames = ["weight", "readIopsSec", "writeIopsSec", "readBytesSec", "writeBytesSec"] as const;
const NOT_MOUNTED = "blkio cgroup isn't mounted";

/** Calls about a guest's share of the host's block I/O. */
export function blkioParameterProcedures({ driver }: ProcedureContext) {
  const refuseSession = (): void => {
    if (!driver.privileged) {
      throw virtError(ErrorCode.configUnsupported, "Block I/O tuning is not available in session mode");
    }
  };
  return {
    async domainGetBlkioParameters({ dom, nparams, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetBlkioParameters");
      const guest = guestOf(driver, dom);
      refuseSession();
      if (nparams === 0) return { params: [], nparams: Object.keys(parameters.fields).length };
      const scope = readScopeOf(guest, flags);
      if (!scope.live) {
        const tune = definitionOf(guest)?.blkiotune;
        return inRoom(parameters.format({ total: tune?.weight ?? 0, ...listsOf(tune) }), nparams);
      }
      const live = guest.requireLive();
      const group = requireController(live, "blkio", NOT_MOUNTED);
      const total = await blkioWeight(group);
      return inRoom(parameters.format({ total, ...listsOf(live.domain.blkiotune) }), nparams);
    },

    async domainSetBlkioParameters({ dom, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetBlkioParameters");
      const values = parameters.parse(params);
      const guest = guestOf(driver, dom);
      refuseSession();
      await changeTuning(driver, guest, flags, "set blkio parameters", {
        config(definition) {
          let changed = definition;
          if (values.total !== undefined) changed = withWeight(changed, values.total);
          for (const name of limitNames) changed = withLimits(changed, name, devicesIn(name, values));
          return changed;
        },
        async live(live) {
          const group = requireController(live, "blkio", NOT_MOUNTED);
          const failures: VirtError[] = [];
          // One that fails does not keep the others from being set.
          const attempt = async (act: () => Promise<void>): Promise<void> => {
            try {
              await act();
            } catch (error) {
              if (!(error instanceof VirtError)) throw error;
              failures.push(error);
            }
          };
          await attempt(async () => {
            if (values.total === undefined) return;
            await setBlkioWeight(group, values.total);
            live.domain = withWeight(live.domain, await blkioWeight(group));
          });
          for (const name of limitNames) {
            await attempt(async () => {
              const devices = devicesIn(name, values);
              for (const { path, value } of devices) await limitDevice(driver, group, path, name, value);
              live.domain = withLimits(live.domain, name, devices);
            });
          }
          const last = failures.at(-1);
          if (last) throw last;
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** Every kind of limit as `PATH,VALUE,...` of the devices that have it. */
function listsOf(tune: BlkioTune | undefined): Required<Omit<Values, "total">> {
  const list = (name: BlkioLimitName): string =>
    (tune?.devices ?? [])
      .flatMap((device) => (BigInt(device[name] ?? 0) === 0n ? [] : [`${device.path},${device[name]}`]))
      .join(",");
  return {
    weight: list("weight"),
    readIopsSec: list("readIopsSec"),
    writeIopsSec: list("writeIopsSec"),
    readBytesSec: list("readBytesSec"),
    writeBytesSec: list("writeBytesSec"),
  };
}

interface LimitedDevice {
  readonly path: string;
  readonly value: bigint;
}

/** Reads `PATH,VALUE,...`. Throws libvirt's errors. */
function devicesIn(name: BlkioLimitName, values: Values): LimitedDevice[] {
  const text = values[name];
  if (text === undefined || text === "") return [];
  const wire = parameters.fields[name].name;
  const fields = text.split(",");
  if (fields.length % 2 !== 0) {
    throw virtError(ErrorCode.invalidArg, `unable to parse blkio device '${wire}' '${text}'`);
  }
  const most = name === "readBytesSec" || name === "writeBytesSec" ? 1n << 64n : 1n << 32n;
  const devices: LimitedDevice[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const [path = "", number = ""] = fields.slice(at, at + 2);
    const value = /^\s*\+?\d{1,20}$/.test(number) ? BigInt(number.trim().replace("+", "")) : undefined;
    if (value === undefined || value >= most) {
      const rest = fields.slice(at + 1).join(",");
      throw virtError(ErrorCode.invalidArg, `invalid value '${rest}' for parameter '${wire}' of device '${path}'`);
    }
    devices.push({ path, value });
  }
  return devices;
}

function withWeight(domain: Domain, weight: number): Domain {
  const { devices = [] } = domain.blkiotune ?? {};
  return { ...domain, blkiotune: { devices, ...(weight !== 0 && { weight }) } };
}

/** Takes the limits into the document's devices; a device that is new gets an entry unless its limit is 0. */
function withLimits(domain: Domain, name: BlkioLimitName, limits: readonly LimitedDevice[]): Domain {
  if (limits.length === 0) return domain;
  const isBytes = name === "readBytesSec" || name === "writeBytesSec";
  const devices: BlkioDevice[] = [...(domain.blkiotune?.devices ?? [])];
  for (const { path, value } of limits) {
    const limit = { [name]: isBytes ? value : Number(value) };
    const at = devices.findIndex((each) => each.path === path);
    const before = devices[at];
    if (before) devices[at] = { ...before, ...limit };
    else if (value !== 0n) devices.push({ path, ...limit });
  }
  const { weight } = domain.blkiotune ?? {};
  return { ...domain, blkiotune: { devices, ...(weight !== undefined && { weight }) } };
}
