import { ErrorCode } from "@tsvirt/base";
import type { Graphics, Input, SpiceGraphics, Video, VncGraphics } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";
import { isPowerOfTwo } from "./interfaces.ts";
import { checked, type Refuse } from "./refuse.ts";

/** Displays that QEMU knows, by the flag that says so. */
const graphicsFlags: Readonly<Partial<Record<Graphics["type"], CapabilityFlag>>> = {
  sdl: "sdl",
  vnc: "vnc",
  spice: "spice",
  "egl-headless": "egl-headless",
  dbus: "display-dbus",
};

/** What QEMU cannot do with a display (`qemuValidateDomainDeviceDefGraphics`). */
export function validateGraphics(state: Completing, graphics: Graphics): void {
  const { devices, caps } = state;
  checked(state, graphics, (refuse) => {
    const { type } = graphics;
    const flag = graphicsFlags[type];
    if (flag === undefined || !caps.has(flag)) refuse(`${type} graphics are not supported with this QEMU`);
    if (devices.graphics.some((each) => each.type === "egl-headless")) {
      if (type !== "egl-headless" && type !== "vnc" && type !== "spice") {
        refuse("graphics type 'egl-headless' is only supported with one of: 'vnc', 'spice' graphics types");
      }
      if (type === "spice" && graphics.gl?.enable === true) {
        refuse("multiple OpenGL displays are not supported by QEMU");
      }
    }
    switch (type) {
      case "spice":
        return checkSpice(state, graphics, refuse);
      case "vnc":
        return checkVnc(state, graphics, refuse);
      case "egl-headless":
        if (graphics.gl?.rendernode !== undefined && !caps.has("egl-headless.rendernode")) {
          refuse("This QEMU doesn't support OpenGL rendernode with egl-headless graphics type");
        }
        return;
      case "dbus": {
        const audio = devices.audios.find(({ id }) => id === graphics.audio);
        if (audio && audio.type !== "dbus") refuse("The associated audio is not of 'dbus' kind.");
        return;
      }
      default:
    }
  });
}

function checkSpice({ caps, facts }: Completing, { listens, tlsPort = 0, gl }: SpiceGraphics, refuse: Refuse): void {
  const type = listens[0]?.type ?? "address";
  if ((type === "address" || type === "network") && tlsPort > 0 && facts.config.spice_tls !== true) {
    refuse("spice TLS port set in XML configuration, but TLS is disabled in qemu.conf");
  }
  if (gl?.enable !== true) return;
  if (!caps.has("spice-gl")) refuse("This QEMU doesn't support spice OpenGL");
  if (gl.rendernode !== undefined && !caps.has("spice-rendernode")) {
    refuse("This QEMU doesn't support spice OpenGL rendernode");
  }
}

/** VNC's own authentication looks at so many bytes of a password. */
const VNC_PASSWORD_MAX = 8;

function checkVnc({ caps }: Completing, { powerControl, passwd }: VncGraphics, refuse: Refuse): void {
  if (powerControl !== undefined && !caps.has("vnc-power-control")) refuse("VNC power control is not available");
  const length = new TextEncoder().encode(passwd ?? "").length;
  if (length > VNC_PASSWORD_MAX) {
    refuse(`VNC password is ${length} characters long, only ${VNC_PASSWORD_MAX} permitted`);
  }
}

type VideoType = NonNullable<Video["model"]>["type"];

/** QEMU's device for each video type, by the flag that says it is there. */
const videoFlags: Readonly<Partial<Record<VideoType, CapabilityFlag>>> = {
  vga: "VGA",
  cirrus: "cirrus-vga",
  vmvga: "vmware-svga",
  qxl: "qxl",
  virtio: "virtio-gpu",
  bochs: "bochs-display",
  ramfb: "ramfb",
};

const withResolution: readonly VideoType[] = ["vga", "qxl", "virtio", "bochs"];

/** QEMU counts QXL's memory in 32 bits of bytes, libvirt in KiB. */
const QXL_MEMORY_MAX = Math.floor(0xffff_ffff / 1024);

/** What QEMU cannot do with a video card (`qemuValidateDomainDeviceDefVideo`). */
export function validateVideo(state: Completing, video: Video): void {
  const { caps } = state;
  const { model } = video;
  if (model === undefined || model.type === "none") return;
  checked(state, video, (refuse) => {
    const { type, acceleration, vram = 0 } = model;
    const flag = videoFlags[type];
    if (flag === undefined || !caps.has(flag)) {
      refuse(`domain configuration does not support video model '${type}'`);
    }
    if (type !== "qxl" && type !== "virtio") {
      if (model.primary !== true) refuse(`video type '${type}' is only valid as primary video device`);
      if ((model.heads ?? 1) !== 1) refuse(`video type '${type}' doesn't support multiple 'heads'`);
    }
    if (acceleration?.accel2d === true) refuse("qemu does not support the accel2d setting");
    if (type === "qxl") checkQxl(model, refuse);
    if (!withResolution.includes(type) && model.resolution !== undefined) {
      refuse("model resolution is not supported", ErrorCode.xmlError);
    }
    if ((type === "vga" || type === "vmvga") && vram !== 0 && vram < 1024) {
      refuse("value for 'vram' must be at least 1 MiB (1024 KiB)");
    }
    if (video.driver?.name === "vhostuser") {
      if (type === "virtio" && !caps.has("vhost-user-gpu")) {
        refuse("this QEMU does not support 'vhost-user' video device");
      }
    } else if (acceleration?.accel3d === true) {
      if (type !== "virtio") refuse("3d acceleration is supported only with 'virtio' video device");
      const canAccelerate = (["virtio-gpu.virgl", "virtio-gpu-gl-pci", "virtio-vga-gl"] as const).some((each) =>
        caps.has(each),
      );
      if (!canAccelerate) refuse("3d acceleration is not supported by this QEMU binary");
    }
    if (type === "ramfb" && video.address) refuse("'address' is not supported for 'ramfb' video devices");
  });
}

function checkQxl({ ram = 0, vram = 0, vgamem = 0 }: NonNullable<Video["model"]>, refuse: Refuse): void {
  for (const [name, size] of [
    ["vram", vram],
    ["ram", ram],
  ] as const) {
    if (size > QXL_MEMORY_MAX) refuse(`value for '${name}' must be less than '${QXL_MEMORY_MAX}'`, ErrorCode.overflow);
  }
  if (vgamem === 0) return;
  if (vgamem < 1024) refuse("value for 'vgamem' must be at least 1 MiB (1024 KiB)");
  if (!isPowerOfTwo(vgamem)) refuse("value for 'vgamem' must be power of two");
}

const virtioInputs = {
  mouse: ["virtio-mouse", "virtio-mouse", "virtio-mouse-ccw"],
  tablet: ["virtio-tablet", "virtio-tablet", "virtio-tablet-ccw"],
  keyboard: ["virtio-keyboard", "virtio-keyboard", "virtio-keyboard-ccw"],
  passthrough: ["virtio-input-host", "virtio-input-host", undefined],
  evdev: ["input-linux", "input-linux", undefined],
} as const;

/** What QEMU cannot do with an input device (`qemuValidateDomainDeviceDefInput`). */
export function validateInput(state: Completing, input: Input): void {
  const { caps, board } = state;
  checked(state, input, (refuse) => {
    const { bus, type, model, address } = input;
    if (bus === "ps2" && !board.isX86 && !caps.has("i8042")) refuse("ps2 is not supported by this QEMU binary");
    if (bus === "usb" && type === "keyboard" && !caps.has("usb-kbd")) {
      refuse("usb keyboard is not supported by this QEMU binary");
    }
    if (bus !== "virtio") return;
    if (model !== undefined && model !== "virtio") {
      refuse(`virtio (non-)transitional models are not supported for input type=${type}`);
    }
    const [name, flag, ccwFlag] = virtioInputs[type];
    const hasCcw = address?.type !== "ccw" || (ccwFlag !== undefined && caps.has(ccwFlag));
    if (!caps.has(flag) || !hasCcw) refuse(`${name} is not supported by this QEMU binary`);
  });
}
