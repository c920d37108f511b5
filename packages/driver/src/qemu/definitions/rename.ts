import { ErrorCode, virtError } from "@tsvirt/base";
import { checkFileName, type FileChange } from "@tsvirt/host";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { renamedDefinition } from "./documents.ts";
import { withHeader } from "./file.ts";

/** Gives a guest that does not run another name (`virDomainRename`), with all its files. */
export async function renameGuest(driver: QemuDriver, guest: Guest, name: string): Promise<void> {
  await driver.definitions.run("rename", () =>
    guest.change("rename", async () => {
      const { layout } = driver;
      const invalid = (why: string): never => {
        throw virtError(ErrorCode.operationInvalid, why);
      };
      if (name === "") throw virtError(ErrorCode.invalidArg, "name must not be empty");
      if (name.includes("/")) throw virtError(ErrorCode.invalidArg, "name can't contain '/'");
      checkFileName(name, "domain", "_VARS.fd");
      if (name === guest.name) invalid("Can't rename domain to itself");
      const { definition } = guest;
      if (definition === undefined) return invalid("cannot rename a transient domain");
      if (guest.isActive) invalid("cannot rename active domain");
      if (guest.hasManagedSave) invalid("cannot rename a domain with managed save state");
      if (guest.snapshots > 0) invalid("cannot rename domain with snapshots");
      if (guest.checkpoints > 0) invalid("cannot rename domain with checkpoints");
      if (driver.guests.findByName(name)) invalid(`domain with name '${name}' already exists`);
      const text = renamedDefinition(definition, name);
      const old = guest.ref;
      const steps: FileChange[] = [
        { kind: "write", path: layout.domainDefinition(name), text: withHeader(text, `edit ${name}`), mode: 0o600 },
      ];
      if (guest.autostart) {
        steps.push(
          { kind: "link", target: layout.domainDefinition(name), path: layout.domainAutostart(name) },
          { kind: "remove", path: layout.domainAutostart(old.name) },
        );
      }
      steps.push({ kind: "remove", path: layout.domainDefinition(old.name) });
      await driver.store.change(steps);
      guest.definition = text;
      guest.summary = undefined;
      driver.guests.rename(guest, name);
      driver.events.emit(old, { kind: "lifecycle", event: "undefined", detail: "renamed" });
      driver.events.emit(guest.ref, { kind: "lifecycle", event: "defined", detail: "renamed" });
    }),
  );
}
