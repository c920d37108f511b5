import { ErrorCode, virtError } from "@tsvirt/base";
import { type Handlers, DomainDeviceModifyFlags as Modify, type RemoteProcedures } from "@tsvirt/rpc";
import { attachDevice, detachDisk } from "../devices/attach.ts";
import { updateGraphics } from "../devices/update.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { scopeOf } from "./scope.ts";

/** Calls that give devices to guests and take them away. */
export function deviceProcedures({ driver }: ProcedureContext) {
  const known = Modify.live | Modify.config;
  return {
    async domainAttachDevice({ dom, xml }) {
      const guest = guestOf(driver, dom);
      await attachDevice(driver, guest, xml, scopeOf(guest, Modify.live));
    },
    async domainAttachDeviceFlags({ dom, xml, flags }) {
      checkFlags(flags, known, "qemuDomainAttachDeviceFlags");
      const guest = guestOf(driver, dom);
      await attachDevice(driver, guest, xml, scopeOf(guest, flags));
    },
    async domainDetachDevice({ dom, xml }) {
      const guest = guestOf(driver, dom);
      await detachDisk(driver, guest, xml, scopeOf(guest, Modify.live));
    },
    async domainDetachDeviceFlags({ dom, xml, flags }) {
      checkFlags(flags, known, "qemuDomainDetachDeviceFlags");
      const guest = guestOf(driver, dom);
      await detachDisk(driver, guest, xml, scopeOf(guest, flags));
    },
    async domainUpdateDeviceFlags({ dom, xml, flags }) {
      checkFlags(flags, known | Modify.force, "qemuDomainUpdateDeviceFlags");
      const guest = guestOf(driver, dom);
      const scope = scopeOf(guest, flags & ~Modify.force);
      if (scope.config) {
        throw virtError(ErrorCode.operationUnsupported, "persistent update of device is not supported");
      }
      await updateGraphics(driver, guest, xml);
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
