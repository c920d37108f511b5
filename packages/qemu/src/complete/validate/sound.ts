import { ErrorCode } from "@tsvirt/base";
import type { Audio, Sound } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";
import { checked } from "./refuse.ts";

const codecFlags = {
  duplex: "hda-duplex",
  micro: "hda-micro",
  output: "hda-output",
} as const satisfies Record<string, CapabilityFlag>;

/** What QEMU cannot do with a sound card (`qemuValidateDomainDeviceDefSound`). */
export function validateSound(state: Completing, sound: Sound): void {
  const { caps } = state;
  checked(state, sound, (refuse) => {
    const { model, codecs } = sound;
    if (model === "usb" && !caps.has("usb-audio")) {
      refuse("usb-audio controller is not supported by this QEMU binary");
    }
    if (model === "ich9" && !caps.has("ich9-intel-hda")) {
      refuse("The ich9-intel-hda audio controller is not supported in this QEMU binary");
    }
    if (model === "ich7") refuse(`sound card model '${model}' is not supported by qemu`, ErrorCode.internalError);
    if (model !== "ich6" && model !== "ich9") return;
    for (const { type } of codecs) {
      if (!caps.has(codecFlags[type])) refuse(`hda-${type} not supported in this QEMU binary`);
    }
  });
}

/** What QEMU cannot do with the host's end of sound cards (`qemuValidateDomainDeviceDefAudio`). */
export function validateAudio(state: Completing, audio: Audio): void {
  const { caps, devices } = state;
  checked(state, audio, (refuse) => {
    if (audio.type === "spice" && !devices.graphics.some(({ type }) => type === "spice")) {
      refuse("Spice audio is not supported without spice graphics");
    }
    if (audio.type === "dbus" && !caps.has("display-dbus")) refuse("D-Bus audio is not supported with this QEMU");
  });
}
