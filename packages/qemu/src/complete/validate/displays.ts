import { ErrorCode } from "@tsvirt/base";
import type { Graphics, Video } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

function usesOpenGl(graphics: Graphics): boolean {
  switch (graphics.type) {
    case "egl-headless":
      return true;
    case "spice":
    case "sdl":
    case "dbus":
      return graphics.gl?.enable === true;
    default:
      return false;
  }
}

/** What QEMU cannot do with a display. */
export function validateGraphics({ devices, report, domain }: Completing, graphics: Graphics): void {
  const count = (type: Graphics["type"]): number => devices.graphics.filter((each) => each.type === type).length;
  if (count("sdl") > 1 || count("vnc") > 1 || count("spice") > 1) {
    report(domain, "only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is supported", unsupported);
  }
  if (devices.graphics.filter(usesOpenGl).length > 1) {
    report(domain, "multiple OpenGL displays are not supported by QEMU", unsupported);
  }
  if (graphics.type === "vnc" && graphics.port !== undefined && graphics.port > 0 && graphics.port < 5900) {
    report(graphics, `vnc port must be in range [5900,65535]`, unsupported);
  }
}

/** QEMU's device for each video type, by the flag that says it is there. */
const videoFlags = {
  vga: "VGA",
  cirrus: "cirrus-vga",
  vmvga: "vmware-svga",
  qxl: "qxl",
  virtio: "virtio-gpu",
  bochs: "bochs-display",
  ramfb: "ramfb",
} as const;

/** What QEMU cannot do with a video card. */
export function validateVideo({ devices, caps, report }: Completing, video: Video): void {
  const type = video.model?.type;
  if (type === undefined || type === "none" || type === "default") return;
  if (devices.videos[0] !== video && type !== "qxl" && type !== "virtio") {
    report(video, `video type '${type}' is only valid as primary video device`, unsupported);
  }
  const flag = type in videoFlags ? videoFlags[type as keyof typeof videoFlags] : undefined;
  if (flag === undefined || (!caps.has(flag) && video.driver?.name !== "vhostuser")) {
    report(video, `domain configuration does not support video model '${type}'`, unsupported);
  }
}
