import { ErrorCode, virtError } from "@tsvirt/base";
import type { Graphics } from "@tsvirt/model/domain";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { setDisplayPassword } from "../start/configure.ts";
import { saveStatus } from "../status/save.ts";
import { devicesIn } from "./device-document.ts";

/** Changes a display of a running guest: its password and how long that is good for (`virDomainUpdateDeviceFlags`). */
export async function updateGraphics(driver: QemuDriver, guest: Guest, xml: string): Promise<void> {
  await guest.change("update device", async () => {
    const live = guest.requireLive();
    const [wanted] = devicesIn(xml).graphics;
    if (!wanted) throw virtError(ErrorCode.operationUnsupported, "live update of this device is not supported");
    const { devices } = live.domain;
    const present = devices?.graphics.find((each) => each.type === wanted.type);
    if (!devices || !present) {
      throw virtError(
        ErrorCode.deviceMissing,
        `cannot find existing graphics device to modify of type '${wanted.type}'`,
      );
    }
    if (!isServer(wanted) || !isServer(present)) {
      throw virtError(ErrorCode.internalError, `unable to change config on '${wanted.type}' graphics type`);
    }
    refuseMoves(present, wanted);
    if (wanted.passwd !== present.passwd || wanted.passwdValidTo !== present.passwdValidTo) {
      await setDisplayPassword(driver, guest, live, wanted);
    }
    const { passwd: _p, passwdValidTo: _v, ...kept } = present;
    const changed: Graphics = {
      ...kept,
      ...(wanted.passwd !== undefined && { passwd: wanted.passwd }),
      ...(wanted.passwdValidTo !== undefined && { passwdValidTo: wanted.passwdValidTo }),
    };
    // Other devices may have come and gone meanwhile; displays change in a job only.
    const now = live.domain.devices ?? devices;
    const graphics = now.graphics.map((each) => (each === present ? changed : each));
    live.domain = { ...live.domain, devices: { ...now, graphics } };
    await saveStatus(driver, guest);
  });
}

type Server = Extract<Graphics, { type: "vnc" | "spice" }>;

function isServer(display: Graphics): display is Server {
  return display.type === "vnc" || display.type === "spice";
}

/** Where a display listens is settled when QEMU starts. */
function refuseMoves(present: Server, wanted: Server): void {
  const kind = present.type;
  if (wanted.autoport !== true && wanted.port !== undefined && wanted.port > 0 && wanted.port !== present.port) {
    throw virtError(ErrorCode.configUnsupported, `cannot change port settings on ${kind} graphics`);
  }
  const address = wanted.listen ?? wanted.listens[0]?.address;
  if (address !== undefined && address !== (present.listen ?? present.listens[0]?.address)) {
    throw virtError(ErrorCode.configUnsupported, `cannot change listen address setting on ${kind} graphics`);
  }
  if (wanted.keymap !== present.keymap) {
    throw virtError(ErrorCode.configUnsupported, `cannot change keymap setting on ${kind} graphics`);
  }
}
