import type { Audio, Console, Graphics, Serial } from "@tsvirt/model/domain";
import { type Completing, findController, insertController, maybeAddController } from "./state.ts";

/** Controllers and devices that the machine has anyway (`qemuDomainDefAddImplicitDevices`). */
export function addBoardDevices(state: Completing): void {
  const { devices, board } = state;
  if (!board.isIsapc && !board.isMicrovm && !board.isS390 && !findController(devices, "usb", 0)) {
    const model = defaultUsbModel(state);
    if (model !== undefined) insertController(devices, { type: "usb", index: 0, model });
  }
  if (board.isQ35) maybeAddController(devices, "sata", 0);
  if (board.isI440fx) maybeAddController(devices, "pci", 0, "pci-root");
  else if (board.isQ35 || board.isVirt) maybeAddController(devices, "pci", 0, "pcie-root");
  else if (board.isPseries || (board.isS390 && devices.controllers.some(({ type }) => type === "pci"))) {
    maybeAddController(devices, "pci", 0, "pci-root");
  }
  devices.memballoon ??= { model: "virtio" };
  if (board.isPseries && !devices.nvram) devices.nvram = {};
  if (devices.audios.length === 0) devices.audios.push(defaultAudio(state));
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
function defaultAudio({ devices, facts }: Completing): Audio {
  const none: Audio = { id: 1, type: "none" };
  const { config, env = {} } = facts;
  const fromEnv = (): Audio => {
    const driver = envDrivers[env.QEMU_AUDIO_DRV ?? ""];
    return driver === undefined ? none : { id: 1, type: driver };
  };
  const display: Graphics | undefined = devices.graphics[0];
  switch (display?.type) {
    case undefined:
      return config.nographics_allow_host_audio === true ? fromEnv() : none;
    case "spice":
      return { id: 1, type: "spice" };
    case "vnc":
      return config.vnc_allow_host_audio === true ? fromEnv() : none;
    case "sdl": {
      const driver = envDrivers[env.SDL_AUDIODRIVER ?? ""];
      return { id: 1, type: "sdl", ...(driver !== undefined && { driver: sdlDriver(env.SDL_AUDIODRIVER) }) };
    }
    case "dbus":
      return { id: 1, type: "dbus" };
    default:
      return none;
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

/** Devices that follow from others of the document (`virDomainDefAddImplicitDevices`). */
export function addFollowingDevices(state: Completing): void {
  pairConsoles(state);
  addInputs(state);
  addVideo(state);
  addControllers(state);
}

/**
 * The first console is another name of the first serial port. A console without a port makes one; a port without a
 * console gets one.
 */
function pairConsoles({ devices }: Completing): void {
  const first = devices.consoles[0];
  const isSerial = (console: Console): boolean => (console.target?.type ?? "serial") === "serial";
  if (first && isSerial(first)) {
    let serial = devices.serials[0];
    if (!serial) {
      serial = {
        type: first.type,
        sources: structuredClone(first.sources),
        ...(first.protocol !== undefined && { protocol: first.protocol }),
        ...(first.log && { log: { ...first.log } }),
        target: { port: 0 },
      };
      devices.serials.unshift(serial);
    }
    devices.consoles[0] = consoleOf(serial, first.target?.port ?? 0);
    return;
  }
  const serial = devices.serials[0];
  if (first || !serial) {
    if (!serial || devices.consoles.some(isSerial)) return;
  }
  const type = serial.target?.type;
  if (type === "usb-serial" || type === "pci-serial" || type === "isa-debug") return;
  devices.consoles.unshift(consoleOf(serial, 0));
}

function consoleOf(serial: Serial, port: number): Console {
  return {
    type: serial.type,
    sources: structuredClone(serial.sources),
    ...(serial.protocol !== undefined && { protocol: serial.protocol }),
    ...(serial.log && { log: { ...serial.log } }),
    target: { type: "serial", port },
  };
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

/** A display shows a card. */
function addVideo({ devices }: Completing): void {
  const needed = devices.graphics.some(({ type }) => type !== "egl-headless");
  if (needed && devices.videos.length === 0) devices.videos.push({ model: { type: "default" } });
}

/** Controllers of the disks, channels, readers and host devices that are there. */
export function addControllers(state: Completing): void {
  const { devices } = state;
  const upTo = (type: "ide" | "scsi" | "sata" | "fdc" | "virtio-serial" | "ccid", last: number): void => {
    for (let index = 0; index <= last; index++) maybeAddController(devices, type, index);
  };
  for (const bus of ["scsi", "ide", "fdc", "sata"] as const) {
    const used = devices.disks.filter((disk) => disk.target.bus === bus).map(({ address }) => address);
    const last = Math.max(-1, ...used.map((address) => (address?.type === "drive" ? address.controller : 0)));
    upTo(bus, last);
  }
  const ports = [
    ...devices.channels.filter(({ target }) => target.type === "virtio"),
    ...devices.consoles.filter(({ target }) => target?.type === "virtio"),
  ];
  upTo(
    "virtio-serial",
    Math.max(-1, ...ports.map(({ address }) => (address?.type === "virtio-serial" ? address.controller : 0))),
  );
  upTo(
    "ccid",
    Math.max(-1, ...devices.smartcards.map(({ address }) => (address?.type === "ccid" ? address.controller : 0))),
  );
  const hostdevs = devices.hostdevs.filter(({ type }) => type === "scsi");
  upTo("scsi", Math.max(-1, ...hostdevs.map(({ address }) => (address?.type === "drive" ? address.controller : 0))));
}
