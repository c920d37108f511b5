import { ErrorCode, virtError } from "@tsvirt/base";
import { memoryLimit, setMemoryLimit, UNLIMITED_KIB } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainMemoryParameter as Parameter,
  type ParamsOf,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { definitionOf } from "../definitions/documents.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, inRoom, requireController } from "./tuned.ts";

const parameters = typedParams({
  hard: param(Parameter.hardLimit, "ullong"),
  soft: param(Parameter.softLimit, "ullong"),
  swap: param(Parameter.swapHardLimit, "ullong"),
});
type Values = ParamsOf<typeof parameters.fields>;

const NOT_MOUNTED = "cgroup memory controller is not mounted";

/** Calls about limits of the host's memory for a guest, in KiB. */
export function memoryParameterProcedures({ driver }: ProcedureContext) {
  const refuseSession = (): void => {
    if (!driver.privileged) {
      throw virtError(ErrorCode.operationUnsupported, "Memory tuning is not available in session mode");
    }
  };
  return {
    async domainGetMemoryParameters({ dom, nparams, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetMemoryParameters");
      const guest = guestOf(driver, dom);
      refuseSession();
      const scope = readScopeOf(guest, flags);
      if (nparams === 0 || !scope.live) {
        const definition = scope.config ? definitionOf(guest) : undefined;
        return inRoom(parameters.format(limitsOf(definition)), nparams);
      }
      const group = requireController(guest.requireLive(), "memory", NOT_MOUNTED);
      const [hard, soft, swap] = await Promise.all([
        memoryLimit(group, "hard"),
        memoryLimit(group, "soft"),
        memoryLimit(group, "swap"),
      ]);
      const values = { hard: hard ?? UNLIMITED_KIB, soft: soft ?? UNLIMITED_KIB, swap: swap ?? UNLIMITED_KIB };
      return inRoom(parameters.format(values), nparams);
    },

    async domainSetMemoryParameters({ dom, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetMemoryParameters");
      const values = parameters.parse(params);
      const guest = guestOf(driver, dom);
      refuseSession();
      await changeTuning(driver, guest, flags, "set memory parameters", {
        config(definition) {
          checkOrder(guest.live?.domain ?? definition, values);
          return withLimits(definition, values);
        },
        async live(live) {
          const group = requireController(live, "memory", NOT_MOUNTED);
          checkOrder(live.domain, values);
          const isLower = values.hard !== undefined && limitsOf(live.domain).hard > values.hard;
          // Memory and swap together are never below memory alone: lower the one first, or raise the other first.
          for (const which of isLower ? (["soft", "hard", "swap"] as const) : (["soft", "swap", "hard"] as const)) {
            const value = values[which];
            if (value === undefined) continue;
            await setMemoryLimit(group, which, value);
            live.domain = withLimits(live.domain, { [which]: value });
          }
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function limitsOf(domain: Domain | undefined): Required<Values> {
  const { hardLimit, softLimit, swapHardLimit } = domain?.memtune ?? {};
  const limit = (kib: number | undefined): bigint => (kib === undefined ? UNLIMITED_KIB : BigInt(kib));
  return { hard: limit(hardLimit), soft: limit(softLimit), swap: limit(swapHardLimit) };
}

function checkOrder(domain: Domain, values: Values): void {
  if (values.hard === undefined && values.swap === undefined) return;
  const { hard, swap } = { ...limitsOf(domain), ...values };
  if (hard > swap) {
    throw virtError(
      ErrorCode.invalidArg,
      "memory hard_limit tunable value must be lower than or equal to swap_hard_limit",
    );
  }
}

function withLimits(domain: Domain, values: Values): Domain {
  const { hard, soft, swap } = { ...limitsOf(domain), ...values };
  const given = (kib: bigint): number | undefined => (kib >= UNLIMITED_KIB ? undefined : Number(kib));
  const [hardLimit, softLimit, swapHardLimit] = [given(hard), given(soft), given(swap)];
  const { minGuarantee } = domain.memtune ?? {};
  return {
    ...domain,
    memtune: {
      ...(hardLimit !== undefined && { hardLimit }),
      ...(softLimit !== undefined && { softLimit }),
      ...(minGuarantee !== undefined && { minGuarantee }),
      ...(swapHardLimit !== undefined && { swapHardLimit }),
    },
  };
}
