import { ErrorCode, virtError } from "@tsvirt/base";
import type { ControlGroup } from "@tsvirt/host";
import { type Domain, formatCpuSet, type NumatuneMemory, parseCpuSet } from "@tsvirt/model/domain";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainNumaParameter as Parameter,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { hasVcpuThreads, threadGroupName } from "../cgroups/start-tuning.ts";
import { currentDomain, definitionOf } from "../definitions/documents.ts";
import type { LiveGuest } from "../guest/live.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, inRoom, requireController } from "./tuned.ts";

const parameters = typedParams({
  mode: param(Parameter.mode, "int"),
  nodeset: param(Parameter.nodeset, "string"),
});

/** libvirt's `virDomainNumatuneMemMode`, in the order of its numbers. */
const modes = ["strict", "preferred", "interleave", "restrictive"] as const;
type Mode = (typeof modes)[number];

/** Calls about the host's nodes that a guest's memory comes from. */
export function numaParameterProcedures({ driver }: ProcedureContext) {
  return {
    domainGetNumaParameters({ dom, nparams, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetNumaParameters");
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const { numatune } = (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
      const mode = modes.indexOf(numatune?.memory?.mode ?? "strict");
      return inRoom(parameters.format({ mode, nodeset: numatune?.memory?.nodeset ?? "" }), nparams);
    },

    async domainSetNumaParameters({ dom, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetNumaParameters");
      const values = parameters.parse(params);
      const guest = guestOf(driver, dom);
      const mode = values.mode === undefined ? undefined : modes[values.mode];
      if (values.mode !== undefined && mode === undefined) {
        throw virtError(ErrorCode.invalidArg, `unsupported numatune mode: '${values.mode}'`);
      }
      const nodeset = values.nodeset === undefined ? undefined : nodesIn(values.nodeset);
      await changeTuning(driver, guest, flags, "set NUMA parameters", {
        config: (definition) => withNodes(definition, mode, nodeset),
        async live(live) {
          if (!driver.privileged) {
            throw virtError(ErrorCode.operationUnsupported, "NUMA tuning is not available in session mode");
          }
          const group = requireController(live, "cpuset", "cgroup cpuset controller is not mounted");
          const { memory } = live.domain.numatune ?? {};
          const now = memory ? (memory.mode ?? "strict") : undefined;
          if (mode !== undefined && now !== undefined && now !== mode) {
            throw virtError(ErrorCode.operationInvalid, "can't change numatune mode for running domain");
          }
          if (mode === "strict") {
            if (memory?.nodeset === nodeset) return;
            throw virtError(ErrorCode.operationInvalid, "can't change nodeset for strict mode for running domain");
          }
          if (nodeset !== undefined) {
            if (now !== undefined && now !== "restrictive") {
              throw virtError(
                ErrorCode.operationInvalid,
                "change of nodeset for running domain requires restrictive numa mode",
              );
            }
            await requireNodes(nodeset);
            await moveMemory(live, group, nodeset);
          }
          live.domain = withNodes(live.domain, mode, nodeset);
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;

  async function requireNodes(nodeset: string): Promise<void> {
    const there = new Set((await driver.host.node.numa()).map(({ id }) => id));
    const missing = parseCpuSet(nodeset)?.find((node) => !there.has(node));
    if (missing !== undefined) {
      throw virtError(ErrorCode.configUnsupported, `NUMA node ${missing} is unavailable`);
    }
  }
}

function nodesIn(text: string): string {
  const nodes = parseCpuSet(text);
  if (!nodes) throw virtError(ErrorCode.invalidArg, `Failed to parse bitmap '${text}'`);
  if (nodes.length > 0) return formatCpuSet(nodes);
  throw virtError(ErrorCode.operationInvalid, `Invalid nodeset of 'numatune': ${text}`);
}

async function moveMemory(live: LiveGuest, group: ControlGroup, nodeset: string): Promise<void> {
  const names = [
    threadGroupName({ kind: "emulator" }),
    ...(hasVcpuThreads(live) ? [...live.vcpuThreads.keys()].map((id) => threadGroupName({ kind: "vcpu", id })) : []),
    ...[...live.ioThreads.keys()].map((id) => threadGroupName({ kind: "iothread", id })),
  ];
  for (const name of names) await group.threadGroup(name).write("cpuset", "cpuset.mems", nodeset);
}

/** As libvirt fills in what the call leaves out: `strict`, and static placement once there are nodes. */
function withNodes(domain: Domain, mode: Mode | undefined, nodeset: string | undefined): Domain {
  if (mode === undefined && nodeset === undefined) return domain;
  const before = domain.numatune?.memory;
  const nodes = nodeset ?? before?.nodeset;
  const isStatic = domain.vcpu?.placement !== "auto";
  const placement = nodeset !== undefined ? "static" : (before?.placement ?? (nodes || isStatic ? "static" : "auto"));
  if (placement === "static" && nodes === undefined) {
    throw virtError(
      ErrorCode.configUnsupported,
      "nodeset for NUMA memory tuning must be set if 'placement' is 'static'",
    );
  }
  const memory: NumatuneMemory = {
    mode: mode ?? before?.mode ?? "strict",
    ...(placement === "static" && nodes !== undefined ? { nodeset: nodes } : { placement: "auto" as const }),
  };
  return { ...domain, numatune: { memnodes: domain.numatune?.memnodes ?? [], memory } };
}
