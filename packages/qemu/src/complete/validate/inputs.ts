import { ErrorCode } from "@tsvirt/base";
import type { Input } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";

/** QEMU's virtio devices by type, with the flags that say they are there: at all, and as channel devices. */
const virtioInputs: Readonly<
  Record<Input["type"], { readonly name: string; readonly flag: CapabilityFlag; readonly ccw?: CapabilityFlag }>
> = {
  mouse: { name: "virtio-mouse", flag: "virtio-mouse", ccw: "virtio-mouse-ccw" },
  tablet: { name: "virtio-tablet", flag: "virtio-tablet", ccw: "virtio-tablet-ccw" },
  keyboard: { name: "virtio-keyboard", flag: "virtio-keyboard", ccw: "virtio-keyboard-ccw" },
  passthrough: { name: "virtio-input-host", flag: "virtio-input-host" },
  evdev: { name: "input-linux", flag: "input-linux" },
};

/** What QEMU cannot do with an input device (`qemuValidateDomainDeviceDefInput`). */
export function validateInput({ board, caps, report }: Completing, input: Input): void {
  const { type, bus, model, address } = input;
  const refuse = (message: string): void => report(input, message, ErrorCode.configUnsupported);
  if (bus === "ps2" && !board.isX86 && !caps.has("i8042")) refuse("ps2 is not supported by this QEMU binary");
  if (bus === "usb" && type === "keyboard" && !caps.has("usb-kbd")) {
    refuse("usb keyboard is not supported by this QEMU binary");
  }
  if (bus !== "virtio") return;
  if (model === "virtio-transitional" || model === "virtio-non-transitional") {
    refuse(`virtio (non-)transitional models are not supported for input type=${type}`);
    return;
  }
  const { name, flag, ccw } = virtioInputs[type];
  const fits = address?.type !== "ccw" || (ccw !== undefined && caps.has(ccw));
  if (!caps.has(flag) || !fits) refuse(`${name} is not supported by this QEMU binary`);
}
