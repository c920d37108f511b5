import { ErrorCode, virtError } from "@tsvirt/base";
import {
  DomainCreateFlags as Create,
  DomainDefineFlags,
  DomainDestroyFlags,
  DomainRebootFlags,
  DomainShutdownFlags,
  type Handlers,
  type RemoteProcedures,
  DomainUndefineFlags as Undefine,
} from "@tsvirt/rpc";
import { setAutostart } from "../definitions/autostart.ts";
import { defineGuest } from "../definitions/define.ts";
import { renameGuest } from "../definitions/rename.ts";
import { type UndefineOptions, undefineGuest } from "../definitions/undefine.ts";
import { createGuest, type StartOptions, startGuest } from "../start/start-guest.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { resetGuest } from "../stop/reset.ts";
import { rebootGuest, shutdownGuest } from "../stop/shutdown.ts";
import { resumeGuest, suspendGuest } from "../stop/suspend.ts";
import { checkFlags, guestOf, type ProcedureContext, refOf } from "./context.ts";

const createFlags =
  Create.startPaused |
  Create.startAutodestroy |
  Create.startBypassCache |
  Create.startForceBoot |
  Create.startValidate |
  Create.startResetNvram;

const undefineFlags = Object.values(Undefine).reduce((all, bit) => all | bit, 0);

/** Calls that define, start and end guests. */
export function lifecycleProcedures({ driver, client }: ProcedureContext) {
  const startOptions = (flags: number): StartOptions => ({
    paused: (flags & Create.startPaused) !== 0,
    bypassCache: (flags & Create.startBypassCache) !== 0,
    forceBoot: (flags & Create.startForceBoot) !== 0,
    resetNvram: (flags & Create.startResetNvram) !== 0,
    ...((flags & Create.startAutodestroy) !== 0 && { autoDestroyWith: client }),
  });
  return {
    async domainDefineXml({ xml }) {
      return { dom: refOf(await defineGuest(driver, xml, { validate: false })) };
    },
    async domainDefineXmlFlags({ xml, flags }) {
      checkFlags(flags, DomainDefineFlags.validate, "qemuDomainDefineXMLFlags");
      return { dom: refOf(await defineGuest(driver, xml, { validate: (flags & DomainDefineFlags.validate) !== 0 })) };
    },
    async domainUndefine({ dom }) {
      await undefineGuest(driver, guestOf(driver, dom), {});
    },
    async domainUndefineFlags({ dom, flags }) {
      checkFlags(flags, undefineFlags, "qemuDomainUndefineFlags");
      const conflict = (a: string, b: string): never => {
        throw virtError(
          ErrorCode.invalidArg,
          `flags '${a}' and '${b}' in virDomainUndefineFlags are mutually exclusive`,
        );
      };
      if ((flags & Undefine.nvram) !== 0 && (flags & Undefine.keepNvram) !== 0) {
        conflict("VIR_DOMAIN_UNDEFINE_NVRAM", "VIR_DOMAIN_UNDEFINE_KEEP_NVRAM");
      }
      const options: UndefineOptions = {
        managedSave: (flags & Undefine.managedSave) !== 0,
        snapshots: (flags & Undefine.snapshotsMetadata) !== 0,
        checkpoints: (flags & Undefine.checkpointsMetadata) !== 0,
        ...((flags & Undefine.nvram) !== 0 && { nvram: "remove" as const }),
        ...((flags & Undefine.keepNvram) !== 0 && { nvram: "keep" as const }),
      };
      await undefineGuest(driver, guestOf(driver, dom), options);
    },
    async domainCreate({ dom }) {
      await startGuest(driver, guestOf(driver, dom), {});
    },
    async domainCreateWithFlags({ dom, flags }) {
      checkFlags(flags, createFlags & ~Create.startValidate, "qemuDomainCreateWithFlags");
      const guest = guestOf(driver, dom);
      await startGuest(driver, guest, startOptions(flags));
      return { dom: refOf(guest) };
    },
    async domainCreateXml({ xmlDesc, flags }) {
      checkFlags(flags, createFlags & ~Create.startForceBoot & ~Create.startBypassCache, "qemuDomainCreateXML");
      const validate = (flags & Create.startValidate) !== 0;
      return { dom: refOf(await createGuest(driver, xmlDesc, { ...startOptions(flags), validate })) };
    },
    async domainSuspend({ dom }) {
      await suspendGuest(driver, guestOf(driver, dom), "user");
    },
    async domainResume({ dom }) {
      await resumeGuest(driver, guestOf(driver, dom));
    },
    async domainReset({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainReset");
      await resetGuest(guestOf(driver, dom));
    },
    async domainShutdown({ dom }) {
      await shutdownGuest(driver, guestOf(driver, dom), {});
    },
    async domainShutdownFlags({ dom, flags }) {
      const { acpiPowerBtn, guestAgent } = DomainShutdownFlags;
      checkFlags(flags, acpiPowerBtn | guestAgent, "qemuDomainShutdownFlags");
      await shutdownGuest(driver, guestOf(driver, dom), {
        acpi: (flags & acpiPowerBtn) !== 0,
        agent: (flags & guestAgent) !== 0,
      });
    },
    async domainReboot({ dom, flags }) {
      const { acpiPowerBtn, guestAgent } = DomainRebootFlags;
      checkFlags(flags, acpiPowerBtn | guestAgent, "qemuDomainReboot");
      await rebootGuest(driver, guestOf(driver, dom), {
        acpi: (flags & acpiPowerBtn) !== 0,
        agent: (flags & guestAgent) !== 0,
      });
    },
    async domainDestroy({ dom }) {
      await destroyGuest(driver, guestOf(driver, dom), { graceful: false });
    },
    async domainDestroyFlags({ dom, flags }) {
      checkFlags(flags, DomainDestroyFlags.graceful | DomainDestroyFlags.removeLogs, "qemuDomainDestroyFlags");
      await destroyGuest(driver, guestOf(driver, dom), {
        graceful: (flags & DomainDestroyFlags.graceful) !== 0,
        removeLogs: (flags & DomainDestroyFlags.removeLogs) !== 0,
      });
    },
    domainGetAutostart({ dom }) {
      return { autostart: guestOf(driver, dom).autostart ? 1 : 0 };
    },
    async domainSetAutostart({ dom, autostart }) {
      await setAutostart(driver, guestOf(driver, dom), autostart !== 0);
    },
    async domainRename({ dom, newName, flags }) {
      checkFlags(flags, 0, "qemuDomainRename");
      await renameGuest(driver, guestOf(driver, dom), newName ?? "");
      return { retcode: 0 };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
