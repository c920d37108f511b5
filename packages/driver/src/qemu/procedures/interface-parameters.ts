import { ErrorCode, virtError } from "@tsvirt/base";
import type { BandwidthLimits, TrafficLimit } from "@tsvirt/host";
import type { Domain, Interface } from "@tsvirt/model/domain";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainBandwidthParameter as Parameter,
  type ParamsOf,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { currentDomain, definitionOf } from "../definitions/documents.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, inRoom } from "./tuned.ts";

type Limits = NonNullable<Interface["bandwidth"]>;

const parameters = typedParams({
  inAverage: param(Parameter.inAverage, "uint"),
  inPeak: param(Parameter.inPeak, "uint"),
  inBurst: param(Parameter.inBurst, "uint"),
  inFloor: param(Parameter.inFloor, "uint"),
  outAverage: param(Parameter.outAverage, "uint"),
  outPeak: param(Parameter.outPeak, "uint"),
  outBurst: param(Parameter.outBurst, "uint"),
});
type Values = ParamsOf<typeof parameters.fields>;

/** Kinds of interfaces whose traffic the host can limit. */
const shaped: ReadonlySet<Interface["type"]> = new Set(["ethernet", "network", "bridge", "direct"]);

/** Calls that limit the traffic of an interface: kilobytes a second, and kilobytes of burst. */
export function interfaceParameterProcedures({ driver }: ProcedureContext) {
  return {
    domainGetInterfaceParameters({ dom, device, nparams, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetInterfaceParameters");
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const domain = (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
      if (nparams === 0) return { params: [], nparams: Object.keys(parameters.fields).length };
      const { inbound, outbound } = requireInterface(domain, device).bandwidth ?? {};
      const values = {
        inAverage: Number(inbound?.average ?? 0),
        inPeak: Number(inbound?.peak ?? 0),
        inBurst: Number(inbound?.burst ?? 0),
        inFloor: Number(inbound?.floor ?? 0),
        outAverage: Number(outbound?.average ?? 0),
        outPeak: Number(outbound?.peak ?? 0),
        outBurst: Number(outbound?.burst ?? 0),
      };
      return inRoom(parameters.format(values), nparams);
    },

    async domainSetInterfaceParameters({ dom, device, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetInterfaceParameters");
      const values = parameters.parse(params);
      const guest = guestOf(driver, dom);
      await changeTuning(driver, guest, flags, "set interface parameters", {
        config(definition) {
          const card = requireInterface(definition, device);
          requireShaped(card);
          return withLimits(definition, card, merge(card.bandwidth, values));
        },
        async live(live) {
          const card = requireInterface(live.domain, device);
          requireShaped(card);
          if ((values.inFloor ?? 0) !== 0 && card.type !== "network") {
            throw virtError(
              ErrorCode.operationUnsupported,
              `Invalid use of 'floor' on interface with MAC address ${card.mac?.address ?? ""} - 'floor' is only supported for interface type 'network' with forward type 'nat', 'route', 'open' or none`,
            );
          }
          const limits = merge(card.bandwidth, values);
          const name = card.target?.dev;
          if (name !== undefined) await driver.host.network.setBandwidth(name, hostLimits(limits));
          live.domain = withLimits(live.domain, card, limits);
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** An interface by its name on the host or its MAC address. */
function requireInterface({ devices }: Domain, device: string): Interface {
  const mac = device.toLowerCase();
  const found = devices?.interfaces.find((card) => card.target?.dev === device || card.mac?.address === mac);
  if (!found) throw virtError(ErrorCode.invalidArg, `'${device}' is not a known interface`);
  return found;
}

function requireShaped({ type }: Interface): void {
  if (shaped.has(type)) return;
  throw virtError(
    ErrorCode.configUnsupported,
    `setting bandwidth on interfaces of type '${type}' is not implemented yet`,
  );
}

/** Incoming and outgoing limits are replaced as a whole: none without an average (or a floor), and kept if not named. */
function merge(before: Limits | undefined, values: Values): Limits | undefined {
  const given = (number: number | undefined): bigint | undefined =>
    number === undefined || number === 0 ? undefined : BigInt(number);
  const rate = (average?: number, peak?: number, burst?: number) => {
    const [a, p, b] = [given(average), given(peak), given(burst)];
    return {
      ...(a !== undefined && { average: a }),
      ...(p !== undefined && { peak: p }),
      ...(b !== undefined && { burst: b }),
    };
  };
  const floor = given(values.inFloor);
  const namesIn = values.inAverage !== undefined || values.inFloor !== undefined;
  const inbound =
    given(values.inAverage) !== undefined || floor !== undefined
      ? { ...rate(values.inAverage, values.inPeak, values.inBurst), ...(floor !== undefined && { floor }) }
      : namesIn
        ? undefined
        : before?.inbound;
  const outbound =
    given(values.outAverage) !== undefined
      ? rate(values.outAverage, values.outPeak, values.outBurst)
      : values.outAverage !== undefined
        ? undefined
        : before?.outbound;
  if (!inbound && !outbound) return undefined;
  return { ...(inbound && { inbound }), ...(outbound && { outbound }) };
}

function hostLimits(limits: Limits | undefined): BandwidthLimits {
  const rate = ({ average, peak, burst }: TrafficLimit): TrafficLimit => ({
    ...(average !== undefined && { average }),
    ...(peak !== undefined && { peak }),
    ...(burst !== undefined && { burst }),
  });
  return {
    ...(limits?.inbound && { inbound: rate(limits.inbound) }),
    ...(limits?.outbound && { outbound: rate(limits.outbound) }),
  };
}

function withLimits(domain: Domain, card: Interface, limits: Limits | undefined): Domain {
  const { devices } = domain;
  if (!devices) return domain;
  const interfaces = devices.interfaces.map((each): Interface => {
    if (each !== card) return each;
    const { bandwidth: _, ...rest } = each;
    return limits ? { ...rest, bandwidth: limits } : rest;
  });
  return { ...domain, devices: { ...devices, interfaces } };
}
