import { type Audio, ensureController, type Graphics } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** Controllers and devices that the machine has anyway (`qemuDomainDefAddImplicitDevices`). */
export function addBoardDevices(state: Completing): void {
  const { devices, board } = state;
  if (
    !board.isIsapc &&
    !board.isMicrovm &&
    !board.isS390 &&
    !devices.controllers.some(({ type, index }) => type === "usb" && index === 0)
  ) {
    // Without a model it is the one QEMU has by itself: `-usb`.
    ensureController(devices, "usb", 0, defaultUsbModel(state));
  }
  if (board.isQ35) ensureController(devices, "sata", 0);
  if (board.isI440fx) ensureController(devices, "pci", 0, "pci-root");
  else if (board.isQ35 || board.isVirt) ensureController(devices, "pci", 0, "pcie-root");
  else if (board.isPseries || (board.isS390 && devices.controllers.some(({ type }) => type === "pci"))) {
    ensureController(devices, "pci", 0, "pci-root");
  }
  devices.memballoon ??= { model: "virtio" };
  if (board.isPseries && !devices.nvram) devices.nvram = {};
  addInputs(state);
  const audio = devices.audios.length === 0 ? defaultAudio(state) : undefined;
  if (audio) devices.audios.push(audio);
}

/** Model of the USB controller that nobody asked for, and of one whose model is not given. */
export function defaultUsbModel({ caps, board }: Completing): string | undefined {
  if (board.isQ35) {
    if (caps.has("qemu-xhci")) return "qemu-xhci";
    if (caps.has("nec-usb-xhci")) return "nec-xhci";
    return caps.has("ich9-usb-ehci1") ? "ich9-ehci1" : undefined;
  }
  if (board.isPseries || board.isVirt) {
    if (caps.has("qemu-xhci")) return "qemu-xhci";
    if (caps.has("nec-usb-xhci")) return "nec-xhci";
    return caps.has("pci-ohci") ? "pci-ohci" : undefined;
  }
  if (board.isX86) return caps.has("piix3-usb-uhci") ? "piix3-uhci" : undefined;
  return caps.has("pci-ohci") ? "pci-ohci" : undefined;
}

/** Names of sound drivers in QEMU's and SDL's environment variables. */
const envDrivers: Readonly<Record<string, Audio["type"]>> = {
  alsa: "alsa",
  coreaudio: "coreaudio",
  oss: "oss",
  pa: "pulseaudio",
  pulse: "pulseaudio",
  pulseaudio: "pulseaudio",
  sdl: "sdl",
  spice: "spice",
  wav: "file",
  none: "none",
};

/** Where sound goes if the document does not say: to the display's client, or nowhere. */
function defaultAudio({ devices, facts }: Completing): Audio | undefined {
  const none: Audio = { id: 1, type: "none" };
  const { config, env = {} } = facts;
  const fromEnv = (): Audio => {
    const driver = envDrivers[env.QEMU_AUDIO_DRV ?? ""];
    return driver === undefined ? none : { id: 1, type: driver };
  };
  if (devices.graphics.length === 0) return config.nographics_allow_host_audio === true ? fromEnv() : none;
  const audible: readonly Graphics["type"][] = ["spice", "vnc", "sdl"];
  switch (audible.find((type) => devices.graphics.some((each) => each.type === type))) {
    case "spice":
      return { id: 1, type: "spice" };
    case "vnc":
      return config.vnc_allow_host_audio === true ? fromEnv() : none;
    case "sdl": {
      const driver = envDrivers[env.SDL_AUDIODRIVER ?? ""];
      if (driver === undefined) return undefined;
      return { id: 1, type: "sdl", driver: sdlDriver(env.SDL_AUDIODRIVER) };
    }
    default:
      return undefined;
  }
}

function sdlDriver(name: string | undefined): "esd" | "alsa" | "arts" | "pulseaudio" {
  switch (name) {
    case "esd":
    case "alsa":
    case "arts":
      return name;
    default:
      return "pulseaudio";
  }
}

/** PCs have a PS/2 mouse and keyboard. */
function addInputs({ devices, board }: Completing): void {
  if (!board.isX86 || board.isMicrovm) return;
  for (const type of ["mouse", "keyboard"] as const) {
    if (!devices.inputs.some((input) => input.type === type && (input.bus ?? "ps2") === "ps2")) {
      devices.inputs.push({ type, bus: "ps2" });
    }
  }
}
