import { ErrorCode, virtError } from "@tsvirt/base";
import type { ControlGroup, Controller } from "@tsvirt/host";
import type { CpuTune, Domain } from "@tsvirt/model/domain";
import type { TypedParam } from "@tsvirt/rpc";
import { writeDefinition } from "../definitions/define.ts";
import { definitionOf, formatDefinition } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";
import { scopeOf } from "./scope.ts";

/** What a change of a guest's tuning is about, and does. */
export interface TuningChange {
  /** Checks the definition, and gives the changed one. Runs before anything happens to the running guest. */
  readonly config: (definition: Domain) => Domain;
  /** Checks what runs, and changes it. */
  readonly live: (live: LiveGuest) => Promise<void> | void;
}

/**
 * Changes what runs, the definition, or both, within a job of the guest: the definition is computed first, and stored when
 * the running guest has taken the change.
 */
export async function changeTuning(
  driver: QemuDriver,
  guest: Guest,
  flags: number,
  name: string,
  change: TuningChange,
): Promise<void> {
  await guest.change(name, async () => {
    const scope = scopeOf(guest, flags);
    const definition = scope.config ? definitionOf(guest) : undefined;
    const changed = definition && change.config(definition);
    if (scope.live) {
      const live = guest.requireLive();
      try {
        await change.live(live);
      } finally {
        // What was done before a failure stays done.
        await saveStatus(driver, guest);
      }
    }
    if (changed) await writeDefinition(driver, guest, formatDefinition(changed));
  });
}

/** The running guest's control group with a controller; throws `text` when it has none. */
export function requireController(live: LiveGuest, controller: Controller, text: string): ControlGroup {
  const { group } = live;
  if (!group?.has(controller)) throw virtError(ErrorCode.operationInvalid, text);
  return group;
}

/** As many parameters as the client has room for; without room only their number is told. */
export function inRoom(
  params: readonly TypedParam[],
  room: number,
): { readonly params: TypedParam[]; readonly nparams: number } {
  if (room === 0) return { params: [], nparams: params.length };
  const given = params.slice(0, Math.max(room, 0));
  return { params: given, nparams: given.length };
}

/** The `<cputune>` of a document, or an empty one. */
export function cpuTuneOf({ cputune }: Domain): CpuTune {
  const none = { vcpuPins: [], iothreadPins: [], vcpuScheds: [], iothreadScheds: [], cachetunes: [], memorytunes: [] };
  return cputune ?? none;
}
