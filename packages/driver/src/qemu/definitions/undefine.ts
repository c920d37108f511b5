import { ErrorCode, virtError } from "@tsvirt/base";
import type { FileChange } from "@tsvirt/host";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { nvramOf } from "./documents.ts";

/** What may go with the definition. */
export interface UndefineOptions {
  readonly managedSave?: boolean;
  readonly snapshots?: boolean;
  readonly checkpoints?: boolean;
  /** The file of firmware variables must be mentioned if there is one. */
  readonly nvram?: "remove" | "keep";
}

/**
 * Removes a guest's definition (`virDomainUndefineFlags`); one that runs becomes transient. All its files go, or none:
 * after a crash the rest is done at the next start.
 */
export async function undefineGuest(driver: QemuDriver, guest: Guest, options: UndefineOptions): Promise<void> {
  await guest.change("undefine", async () => {
    const { layout, store } = driver;
    const { name } = guest;
    if (!guest.isPersistent) throw virtError(ErrorCode.operationInvalid, "cannot undefine transient domain");
    const steps: FileChange[] = [];
    if (!guest.isActive) await addMetadata(driver, guest, options, steps);
    if (guest.hasManagedSave) {
      if (options.managedSave !== true) {
        throw virtError(ErrorCode.operationInvalid, "Refusing to undefine while domain managed save image exists");
      }
      steps.push({ kind: "remove", path: layout.domainManagedSave(name) });
    }
    const nvram = nvramOf(guest);
    if (nvram !== undefined && (await driver.host.files.facts(nvram))) {
      if (options.nvram === undefined) {
        throw virtError(ErrorCode.operationInvalid, "cannot undefine domain with nvram");
      }
      if (options.nvram === "remove") steps.push({ kind: "remove", path: nvram });
    }
    if (guest.autostart) steps.push({ kind: "remove", path: layout.domainAutostart(name) });
    // The definition last: as long as it is there, so is the guest.
    steps.push({ kind: "remove", path: layout.domainDefinition(name) });
    await store.change(steps);
    guest.definition = undefined;
    guest.summary = undefined;
    guest.autostart = false;
    guest.hasManagedSave = false;
    if (!guest.isActive) driver.guests.remove(guest);
    driver.events.emit(guest.ref, { kind: "lifecycle", event: "undefined", detail: "removed" });
  });
}

/** Snapshots and checkpoints of a guest that does not run would be orphans. */
async function addMetadata(
  driver: QemuDriver,
  guest: Guest,
  options: UndefineOptions,
  steps: FileChange[],
): Promise<void> {
  const { layout, host } = driver;
  const add = async (
    count: number,
    allowed: boolean | undefined,
    what: string,
    directory: string,
    fileOf: (name: string) => string,
  ): Promise<void> => {
    if (count === 0) return;
    if (allowed !== true) {
      throw virtError(ErrorCode.operationInvalid, `cannot delete inactive domain with ${count} ${what}`);
    }
    for (const file of await host.files.list(directory)) {
      if (file.endsWith(".xml") && !file.startsWith(".")) {
        steps.push({ kind: "remove", path: fileOf(file.slice(0, -4)) });
      }
    }
  };
  const { name } = guest;
  await add(guest.snapshots, options.snapshots, "snapshots", layout.domainSnapshots(name), (each) =>
    layout.domainSnapshot(name, each),
  );
  await add(guest.checkpoints, options.checkpoints, "checkpoints", layout.domainCheckpoints(name), (each) =>
    layout.domainCheckpoint(name, each),
  );
}
