import type { Place } from "../../compare/comparison.ts";
import { Located } from "../../compare/located.ts";

/** The document that has something the other lacks, and the one that lacks it. */
interface Sides {
  /** What is there: an element, or the text of an attribute or element. */
  readonly present: Located | string;
  /** The document that lacks it, as far as it says anything. */
  readonly other: Located;
  /** The element that holds it in the document that has it. */
  readonly around: Located | undefined;
}

type Rule = true | ((sides: Sides) => boolean);

/** True for a text that is one of some. */
const oneOf =
  (...values: readonly string[]): Rule =>
  ({ present }) =>
    typeof present === "string" && values.includes(present);

/** True for an element with these texts at these paths. */
const like =
  (texts: Readonly<Record<string, string>>): Rule =>
  ({ present }) =>
    present instanceof Located && Object.entries(texts).every(([path, text]) => present.text(path) === text);

const hasDisk = (domain: Located, bus: string): boolean =>
  domain.items("devices/disk").some((disk) => disk.text("target/@bus") === bus);

const hasFirmware: Rule = ({ other }) => other.has("os/@firmware");

/** Controllers that come by themselves when what sits on them is there, or with the machine. */
function comesByItself({ present, other }: Sides): boolean {
  if (!(present instanceof Located)) return false;
  const type = present.text("@type") ?? "";
  switch (type) {
    case "pci":
    case "isa":
      return true;
    case "usb":
      return !other.items("devices/controller").some((each) => each.text("@type") === "usb");
    case "ide":
    case "sata":
      return hasDisk(other, type) || present.text("@index") === "0";
    case "fdc":
    case "scsi":
      return hasDisk(other, type);
    case "virtio-serial":
      return [...other.items("devices/channel"), ...other.items("devices/console")].length > 0;
    case "ccid":
      return other.has("devices/smartcard");
    default:
      return false;
  }
}

/** The model that libvirt gives guests without a `<cpu>`. */
function isDefaultCpu({ present, other }: Sides): boolean {
  if (!(present instanceof Located)) return false;
  if (["feature", "topology", "numa", "cache", "maxphysaddr"].some((name) => present.has(name))) return false;
  if (other.text("os/type/@arch") === "s390x" && present.text("@mode") === "host-model") return true;
  return present.text("@mode") === "custom" && ["none", undefined].includes(present.text("@check"));
}

/**
 * What a driver fills into a document that does not say it, by path: `true` for whatever it is. It does not count as a
 * difference when the document that lacks it is not complete.
 */
const filledIn: Readonly<Record<string, Rule>> = {
  "/domain/uuid": true,
  "/domain/genid": true,
  "/domain/vcpu/@placement": oneOf("static"),
  "/domain/vcpus": true,
  "/domain/iothreadids/iothread": true,
  "/domain/iothreads": true,
  "/domain/resource/partition": oneOf("/machine"),
  "/domain/os/type/@arch": true,
  "/domain/os/type/@machine": true,
  "/domain/os/firmware": hasFirmware,
  "/domain/os/loader": hasFirmware,
  "/domain/os/loader/@readonly": true,
  "/domain/os/loader/@type": true,
  "/domain/os/loader/@secure": oneOf("no"),
  "/domain/os/loader/@format": oneOf("raw"),
  "/domain/os/nvram": ({ other }) => other.text("os/loader/@type") === "pflash" || other.has("os/@firmware"),
  "/domain/os/nvram/@template": true,
  "/domain/os/nvram/@format": oneOf("raw"),
  "/domain/os/boot/@dev": ({ present, other }) =>
    present === "hd" && !other.items("devices/disk").some((disk) => disk.has("boot")),
  "/domain/features/gic": true,
  "/domain/features/gic/@version": true,
  "/domain/cpu": isDefaultCpu,
  "/domain/cpu/@check": true,
  "/domain/cpu/@match": oneOf("exact"),
  "/domain/cpu/@migratable": oneOf("on"),
  "/domain/cpu/model": like({ "@fallback": "forbid" }),
  "/domain/cpu/model/@fallback": true,
  "/domain/cpu/topology/@dies": oneOf("1"),
  "/domain/clock/@offset": oneOf("utc"),
  "/domain/on_poweroff": oneOf("destroy"),
  "/domain/on_reboot": oneOf("restart"),
  "/domain/on_crash": oneOf("destroy"),
  "/domain/seclabel": like({ "@type": "dynamic", "@relabel": "yes" }),
  "/domain/launchSecurity/cbitpos": true,
  "/domain/launchSecurity/reducedPhysBits": true,
  "/domain/devices/emulator": true,
  "/domain/devices/disk/source/encryption/@engine": oneOf("qemu"),
  "/domain/devices/disk/source/host/@port": true,
  "/domain/devices/disk/source/host/@transport": oneOf("tcp"),
  "/domain/devices/disk/readonly": ({ around }) => around?.text("@device") === "cdrom",
  "/domain/devices/controller": comesByItself,
  "/domain/devices/controller/@model": true,
  "/domain/devices/controller/model": true,
  "/domain/devices/controller/target": true,
  "/domain/devices/controller/master": true,
  "/domain/devices/filesystem/@accessmode": oneOf("passthrough"),
  "/domain/devices/filesystem/driver/@type": oneOf("path"),
  "/domain/devices/interface/mac": true,
  "/domain/devices/interface/mac/@address": true,
  "/domain/devices/interface/mac/@type": true,
  "/domain/devices/interface/model/@type": true,
  "/domain/devices/interface/source/@mode": oneOf("vepa"),
  "/domain/devices/interface/virtualport": true,
  "/domain/devices/interface/target/@dev": true,
  "/domain/devices/serial": ({ present, other }) =>
    present instanceof Located &&
    other.items("devices/console").some((each) => each.text("@type") === present.text("@type")),
  "/domain/devices/serial/target": true,
  "/domain/devices/serial/target/@type": true,
  "/domain/devices/serial/target/@port": true,
  "/domain/devices/serial/target/model": true,
  "/domain/devices/parallel/target": true,
  "/domain/devices/parallel/target/@port": true,
  "/domain/devices/console": ({ present, other }) =>
    present instanceof Located &&
    present.text("target/@type") === "serial" &&
    other.items("devices/serial").some((each) => each.text("@type") === present.text("@type")),
  "/domain/devices/console/target": true,
  "/domain/devices/console/target/@type": true,
  "/domain/devices/console/target/@port": true,
  "/domain/devices/channel/source": ({ around }) => around?.text("@type") === "unix",
  "/domain/devices/channel/source/@mode": oneOf("bind"),
  "/domain/devices/channel/target/@name": oneOf("com.redhat.spice.0"),
  "/domain/devices/input": ({ present, other }) =>
    present instanceof Located &&
    ["mouse", "keyboard"].includes(present.text("@type") ?? "") &&
    (present.text("@bus") === "ps2" || other.text("os/type/@arch")?.startsWith("ppc") === true),
  "/domain/devices/input/@bus": true,
  "/domain/devices/tpm/@model": true,
  "/domain/devices/tpm/backend/@version": true,
  "/domain/devices/graphics/@port": oneOf("-1", "0"),
  "/domain/devices/graphics/@tlsPort": oneOf("-1", "0"),
  "/domain/devices/graphics/@autoport": true,
  "/domain/devices/graphics/@listen": oneOf("127.0.0.1"),
  "/domain/devices/graphics/listen": ({ present }) =>
    present instanceof Located &&
    present.text("@type") === "address" &&
    [undefined, "127.0.0.1"].includes(present.text("@address")),
  "/domain/devices/graphics/listen/@address": oneOf("127.0.0.1"),
  "/domain/devices/graphics/audio/@id": true,
  "/domain/devices/graphics/image/@compression": oneOf("off"),
  "/domain/devices/audio": ({ other }) => !other.has("devices/audio"),
  "/domain/devices/sound/audio/@id": true,
  "/domain/devices/video": ({ other }) => other.has("devices/graphics") && !other.has("devices/video"),
  "/domain/devices/video/model/@ram": true,
  "/domain/devices/video/model/@vram": true,
  "/domain/devices/video/model/@vram64": true,
  "/domain/devices/video/model/@vgamem": true,
  "/domain/devices/video/model/@heads": oneOf("1"),
  "/domain/devices/video/model/@primary": oneOf("yes"),
  "/domain/devices/hostdev/driver": like({ "@name": "vfio" }),
  "/domain/devices/hostdev/driver/@name": oneOf("vfio"),
  "/domain/devices/hub": ({ other }) => !other.has("devices/hub"),
  "/domain/devices/watchdog": like({ "@model": "itco" }),
  "/domain/devices/memballoon": ({ present }) =>
    present instanceof Located && ["virtio", "xen"].includes(present.text("@model") ?? "") && !present.has("stats"),
  "/domain/devices/nvram": true,
  "/domain/devices/panic": ({ present }) =>
    present instanceof Located && ["pseries", "s390"].includes(present.text("@model") ?? ""),
  "/domain/devices/panic/@model": true,
  "/domain/devices/memory/uuid": true,
  "/domain/devices/memory/target/node": oneOf("0"),
  "/domain/devices/redirfilter/usbdev/@class": oneOf("-1"),
  "/domain/devices/redirfilter/usbdev/@vendor": oneOf("-1"),
  "/domain/devices/redirfilter/usbdev/@product": oneOf("-1"),
  "/domain/devices/redirfilter/usbdev/@version": oneOf("-1"),
  "/domain/devices/shmem/size": oneOf("4"),
  "/domain/devices/vsock/@model": oneOf("virtio"),
  "/domain/devices/vsock/cid/@address": true,
};

const anyDevice = /^\/domain\/devices\/[^/]+/;

/** Parts that every device may get: its name, its place, and the parts of that place. */
const deviceParts = /^\/(?:alias(?:\/@name)?|address(?:\/.*)?)$/;

/** Whether a driver would have filled in what only one document says. */
export function isFilledIn(place: Place, present: Located | string, side: "before" | "after"): boolean {
  const device = anyDevice.exec(place.pattern)?.[0];
  if (device !== undefined && deviceParts.test(place.pattern.slice(device.length))) return true;
  const rule = Object.hasOwn(filledIn, place.pattern) ? filledIn[place.pattern] : undefined;
  if (rule === undefined) return false;
  if (rule === true) return true;
  const lacking = side === "before" ? "after" : "before";
  const root = place.around[0]?.[lacking];
  return root !== undefined && rule({ present, other: root, around: place.around.at(-1)?.[side] });
}

/** The patterns above, for a test that each names something that is declared. */
export const filledInPatterns: readonly string[] = Object.keys(filledIn);
