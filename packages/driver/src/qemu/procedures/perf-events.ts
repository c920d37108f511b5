import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain, PerfEvent } from "@tsvirt/model/domain";
import {
  DomainPerfEvent as Event,
  type Handlers,
  DomainModificationImpact as Impact,
  ParamList,
  param,
  type RemoteProcedures,
  type TypedParam,
  typedParams,
} from "@tsvirt/rpc";
import { definitionOf } from "../definitions/documents.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning } from "./tuned.ts";

/** In libvirt's order, which is that of replies and documents. */
const names: readonly Event[] = Object.values(Event);
const parameters = typedParams(Object.fromEntries(names.map((name) => [name, param(name, "boolean")])));

/** Calls about hardware counters of a guest's process. No counter is opened for a running guest: those stay off. */
export function perfEventProcedures({ driver }: ProcedureContext) {
  return {
    domainGetPerfEvents({ dom, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetPerfEvents");
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const events = scope.live ? [] : (definitionOf(guest)?.perf?.events ?? []);
      const list = new ParamList();
      for (const name of names)
        list.boolean(
          name,
          events.some((each) => each.name === name && each.enabled),
        );
      return { params: list.params };
    },

    async domainSetPerfEvents({ dom, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetPerfEvents");
      parameters.parse(params);
      const guest = guestOf(driver, dom);
      await changeTuning(driver, guest, flags, "set perf events", {
        config: (definition) => withEvents(definition, params),
        live(live) {
          const on = params.find(({ value }) => value.type === "boolean" && value.value !== 0);
          if (on) {
            throw virtError(ErrorCode.argumentUnsupported, `unable to enable host cpu perf event for ${on.field}`);
          }
          live.domain = withEvents(live.domain, params);
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function withEvents(domain: Domain, params: readonly TypedParam[]): Domain {
  const byName = new Map((domain.perf?.events ?? []).map((each) => [each.name, each.enabled]));
  for (const { field, value } of params) {
    const name = names.find((each) => each === field);
    if (name !== undefined) byName.set(name, value.type === "boolean" && value.value !== 0);
  }
  const events = names.flatMap((name): PerfEvent[] => {
    const enabled = byName.get(name);
    return enabled === undefined ? [] : [{ name, enabled }];
  });
  return { ...domain, perf: { events } };
}
