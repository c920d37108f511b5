import { type Audio, type Controller, type Devices, ensureController, type Graphics } from "@tsvirt/model/domain";
import { type Completing, findController } from "./state.ts";

/** Controllers and devices that the machine has anyway (`qemuDomainDefAddDefaultDevices`). */
export function addBoardDevices(state: Completing): void {
  const { devices, board, caps } = state;
  if (caps.legacy?.xenner === true) return;
  const { implied } = board;
  if (implied.ps2Inputs) addInput(devices, "mouse", "ps2");
  if (implied.ps2Inputs) addInput(devices, "keyboard", "ps2");
  if (implied.usb) addUsbController(state);
  if (implied.sata) ensureController(devices, "sata", 0);
  const { pci } = implied;
  if (pci && (pci.flag === undefined || caps.has(pci.flag))) addPciRoot(state, pci.model);
  if (implied.memballoon && (!caps.legacy || caps.hasLegacy("balloon"))) devices.memballoon ??= { model: "virtio" };
  if (implied.usbInputs && devices.graphics.length > 0) {
    addInput(devices, "keyboard", "usb");
    // A tablet does what a mouse would.
    if (!devices.inputs.some(({ type, bus }) => type === "tablet" && bus === "usb")) addInput(devices, "mouse", "usb");
  }
  if (implied.panic && !devices.panics.some(({ model }) => isBoardPanic(state, model))) devices.panics.push({});
  const audio = devices.audios.length === 0 && !caps.legacy ? defaultAudio(state) : undefined;
  if (audio) devices.audios.push(audio);
}

/** Without a model it is the one QEMU has by itself, or what {@link defaultUsbModel} says. */
function addUsbController(state: Completing): void {
  const { devices, board } = state;
  const model = board.isQ35 ? q35UsbModel(state) : undefined;
  if ((board.isQ35 && model === undefined) || !ensureController(devices, "usb", 0, model)) return;
  if (model !== "ich9-ehci1") return;
  for (const [index, companion] of (["ich9-uhci1", "ich9-uhci2", "ich9-uhci3"] as const).entries()) {
    devices.controllers.push({ type: "usb", index: 0, model: companion, master: { startport: 2 * index } });
  }
}

function isBoardPanic({ board }: Completing, model: string | undefined): boolean {
  return model === undefined || model === "default" || model === (board.isS390 ? "s390" : "pseries");
}

function addPciRoot({ devices, report }: Completing, model: "pci-root" | "pcie-root"): void {
  const root = findController(devices, "pci", 0);
  if (root === undefined) ensureController(devices, "pci", 0, model);
  else if (root.model !== model) {
    report(
      root,
      `The PCI controller with index='0' must be model='${model}' for this machine type, but model='${root.model ?? "(null)"}' was found instead`,
    );
  }
}

function addInput(devices: Devices, type: "mouse" | "keyboard", bus: "ps2" | "usb"): void {
  if (!devices.inputs.some((input) => input.type === type && (input.bus ?? "ps2") === bus)) {
    devices.inputs.push({ type, bus });
  }
}

/** q35's chipset has no USB of its own: XHCI is better than EHCI, and that better than none. */
function q35UsbModel({ caps }: Completing): string | undefined {
  return xhciModel(caps) ?? (caps.has("ich9-usb-ehci1") ? "ich9-ehci1" : undefined);
}

function xhciModel(caps: Completing["caps"]): string | undefined {
  if (caps.has("qemu-xhci")) return "qemu-xhci";
  return caps.has("nec-usb-xhci") ? "nec-xhci" : undefined;
}

/** Model of a USB controller that has none given; `undefined` is the one that `-usb` makes. */
export function defaultUsbModel(state: Completing, controller: Controller): string | undefined {
  const { caps, board, abiUpdate } = state;
  const legacy = caps.has("piix3-usb-uhci") ? "piix3-uhci" : undefined;
  // s390 has no USB: what has no place is not made.
  if (board.isS390) return controller.address === undefined ? "none" : legacy;
  // What a guest has seen stays: only new ones get the better controller.
  if (board.isPpc64)
    return (abiUpdate ? xhciModel(caps) : undefined) ?? (caps.has("pci-ohci") ? "pci-ohci" : undefined);
  if (board.arch === "aarch64") return xhciModel(caps) ?? legacy;
  return legacy;
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
