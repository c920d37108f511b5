import { ErrorCode, virtError } from "@tsvirt/base";
import { formatDomain } from "@tsvirt/model/domain";
import {
  type DomainRef,
  DomainSaveParameter,
  DomainXmlFlags,
  DomainSaveRestoreFlags as Flags,
  type Handlers,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { parseDefinition } from "../definitions/documents.ts";
import { dropManagedSave } from "../save/recover-save.ts";
import { openSaveImage, redefineSaveImage, restoreGuest } from "../save/restore-guest.ts";
import { managedSave, saveGuest } from "../save/save-guest.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

const saveParams = typedParams({
  file: param(DomainSaveParameter.file, "string"),
  xml: param(DomainSaveParameter.dxml, "string"),
});

const saveFlags = Flags.bypassCache | Flags.running | Flags.paused;

/** Calls that write a guest's memory to a file, and start it from there again. */
export function saveProcedures({ driver }: ProcedureContext) {
  const { files } = driver.host;
  const save = async (dom: DomainRef, to: string, xml: string | undefined, flags: number): Promise<void> => {
    checkFlags(flags, saveFlags, "qemuDomainSaveFlags");
    await saveGuest(driver, guestOf(driver, dom), to, { xml, running: runs(flags) });
  };
  const restore = async (from: string, xml: string | undefined, flags: number): Promise<void> => {
    checkFlags(flags, saveFlags | Flags.resetNvram, "qemuDomainRestoreInternal");
    await restoreGuest(driver, from, {
      xml,
      running: runs(flags),
      resetNvram: (flags & Flags.resetNvram) !== 0,
    });
  };
  return {
    domainSave: ({ dom, to }) => save(dom, to, undefined, 0),
    domainSaveFlags: ({ dom, to, dxml, flags }) => save(dom, to, dxml, flags),
    async domainSaveParams({ dom, params, flags }) {
      const { file, xml } = saveParams.parse(params);
      if (file === undefined) {
        const path = managedPath(dom);
        throw virtError(
          ErrorCode.operationUnsupported,
          `save parameters without a file; a managed save goes to '${path}'`,
        );
      }
      await save(dom, file, xml, flags);
    },
    domainRestore: ({ from }) => restore(from, undefined, 0),
    domainRestoreFlags: ({ from, dxml, flags }) => restore(from, dxml, flags),
    async domainRestoreParams({ params, flags }) {
      const { file, xml } = saveParams.parse(params);
      if (file === undefined) throw virtError(ErrorCode.invalidArg, "missing path to restore from");
      await restore(file, xml, flags);
    },

    async domainManagedSave({ dom, flags }) {
      checkFlags(flags, saveFlags, "qemuDomainManagedSave");
      await managedSave(driver, guestOf(driver, dom), { running: runs(flags) });
    },
    domainHasManagedSaveImage({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainHasManagedSaveImage");
      return { result: guestOf(driver, dom).hasManagedSave ? 1 : 0 };
    },
    async domainManagedSaveRemove({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainManagedSaveRemove");
      const guest = guestOf(driver, dom);
      await guest.change("remove managed save", async () => {
        await dropManagedSave(driver, guest);
      });
    },

    async domainSaveImageGetXmlDesc({ file, flags }, call) {
      checkFlags(flags, DomainXmlFlags.secure, "qemuDomainSaveImageGetXMLDesc");
      const { header } = await openSaveImage(driver, file);
      return { xml: await documentOf(header.xml, !call.readOnly && (flags & DomainXmlFlags.secure) !== 0) };
    },
    async domainSaveImageDefineXml({ file, dxml, flags }) {
      checkFlags(flags, Flags.running | Flags.paused, "qemuDomainSaveImageDefineXML");
      await redefineSaveImage(driver, file, dxml, runs(flags));
    },
    async domainManagedSaveGetXmlDesc({ dom, flags }, call) {
      checkFlags(flags, DomainXmlFlags.secure, "qemuDomainManagedSaveGetXMLDesc");
      const guest = guestOf(driver, dom);
      const path = driver.layout.domainManagedSave(guest.name);
      if (!(await files.access(path, "exist"))) {
        throw virtError(ErrorCode.operationInvalid, "domain does not have managed save image");
      }
      const { header } = await openSaveImage(driver, path);
      return { xml: await documentOf(header.xml, !call.readOnly && (flags & DomainXmlFlags.secure) !== 0) };
    },
    async domainManagedSaveDefineXml({ dom, dxml, flags }) {
      checkFlags(flags, Flags.running | Flags.paused, "qemuDomainManagedSaveDefineXML");
      const guest = guestOf(driver, dom);
      if (!guest.hasManagedSave) {
        throw virtError(ErrorCode.operationInvalid, "domain does not have managed save image");
      }
      if (dxml !== undefined) {
        await redefineSaveImage(driver, driver.layout.domainManagedSave(guest.name), dxml, runs(flags));
      }
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;

  /** The image's document, which holds secrets, as somebody may see it (threat-model A2), and as a restore takes it. */
  async function documentOf(xml: string, secure: boolean): Promise<string> {
    return formatDomain(await parseDefinition(driver, xml, {}), { inactive: true, secure });
  }

  function managedPath(dom: DomainRef): string {
    return driver.layout.domainManagedSave(guestOf(driver, dom).name);
  }
}

/** Whether the flags ask for a running or a paused guest. Throws when they ask for both. */
function runs(flags: number): boolean | undefined {
  const running = (flags & Flags.running) !== 0;
  const paused = (flags & Flags.paused) !== 0;
  if (running && paused) {
    throw virtError(
      ErrorCode.invalidArg,
      "flags 'VIR_DOMAIN_SAVE_RUNNING' and 'VIR_DOMAIN_SAVE_PAUSED' are mutually exclusive",
    );
  }
  return running ? true : paused ? false : undefined;
}
