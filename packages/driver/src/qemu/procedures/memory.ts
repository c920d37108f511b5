import { ErrorCode, virtError } from "@tsvirt/base";
import { qmp } from "@tsvirt/qemu";
import {
  type DomainRef,
  DomainMemoryModFlags as Flags,
  type Handlers,
  DomainModificationImpact as Impact,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { writeDefinition } from "../definitions/define.ts";
import { definitionOf, formatDefinition } from "../definitions/documents.ts";
import { saveStatus } from "../status/save.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { scopeOf } from "./scope.ts";

/** Calls that change how much memory a guest has. Sizes in KiB. */
export function memoryProcedures({ driver }: ProcedureContext) {
  const setMemory = async (dom: DomainRef, memory: bigint, flags: number): Promise<void> => {
    checkFlags(flags, Impact.live | Impact.config | Flags.maximum, "qemuDomainSetMemoryFlags");
    const guest = guestOf(driver, dom);
    const kib = Number(memory);
    if (memory > BigInt(Number.MAX_SAFE_INTEGER))
      throw virtError(ErrorCode.overflow, `memory of ${memory} KiB is too large`);
    await guest.change("set memory", async () => {
      const scope = scopeOf(guest, flags);
      const definition = scope.config ? definitionOf(guest) : undefined;
      if ((flags & Flags.maximum) !== 0) {
        if (scope.live) {
          throw virtError(ErrorCode.operationInvalid, "cannot resize the maximum memory on an active domain");
        }
        if (!definition) return;
        const { currentMemory } = definition;
        const current = currentMemory === undefined ? kib : Math.min(currentMemory, kib);
        const changed = { ...definition, memory: { ...definition.memory, kib }, currentMemory: current };
        await writeDefinition(driver, guest, formatDefinition(changed));
        return;
      }
      const live = scope.live ? guest.requireLive() : undefined;
      const most = Math.max(live?.domain.memory?.kib ?? 0, definition?.memory?.kib ?? 0);
      if (kib > most) throw virtError(ErrorCode.invalidArg, "cannot set memory higher than max memory");
      if (live) {
        const model = live.domain.devices?.memballoon?.model;
        if (model === undefined || model === "none") {
          throw virtError(
            ErrorCode.operationInvalid,
            "Unable to change memory of active domain without the balloon device and guest OS balloon driver",
          );
        }
        await live.requireMonitor(guest.name).session.execute(qmp.balloon, { value: kib * 1024 });
        await saveStatus(driver, guest);
      }
      if (definition) {
        await writeDefinition(driver, guest, formatDefinition({ ...definition, currentMemory: kib }));
      }
    });
  };
  return {
    domainSetMemory: ({ dom, memory }) => setMemory(dom, memory, Impact.live),
    domainSetMemoryFlags: ({ dom, memory, flags }) => setMemory(dom, memory, flags),
    domainSetMaxMemory: ({ dom, memory }) => setMemory(dom, memory, Flags.maximum),

    async domainSetMemoryStatsPeriod({ dom, period, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetMemoryStatsPeriod");
      const guest = guestOf(driver, dom);
      await guest.change("set memory statistics period", async () => {
        const scope = scopeOf(guest, flags);
        const definition = scope.config ? definitionOf(guest) : undefined;
        const live = scope.live ? guest.requireLive() : undefined;
        const balloons = [live?.domain.devices?.memballoon, definition?.devices?.memballoon].filter(
          (each) => each !== undefined,
        );
        if (balloons.length === 0 || balloons.some((each) => each.model === "none")) {
          throw virtError(
            ErrorCode.operationInvalid,
            "Memory balloon model must be virtio to set the collection period",
          );
        }
        if (live) {
          const alias = live.domain.devices?.memballoon?.alias;
          const path = `/machine/peripheral/${alias ?? "balloon0"}`;
          const { session } = live.requireMonitor(guest.name);
          await session.execute(qmp.qomSet, { path, property: "guest-stats-polling-interval", value: period });
          const { devices } = live.domain;
          if (devices?.memballoon) {
            const memballoon = { ...devices.memballoon, stats: period };
            live.domain = { ...live.domain, devices: { ...devices, memballoon } };
          }
          await saveStatus(driver, guest);
        }
        if (definition?.devices?.memballoon) {
          const { devices } = definition;
          const memballoon = { ...definition.devices.memballoon, stats: period };
          await writeDefinition(
            driver,
            guest,
            formatDefinition({ ...definition, devices: { ...devices, memballoon } }),
          );
        }
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
