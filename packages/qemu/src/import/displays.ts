import type { Graphics, GraphicsListen, Input, Video } from "@tsvirt/model/domain";
import { InputLinux } from "../argv/declarations/backends.ts";
import { Display, InputDevice, SpiceDisplay, VideoDevice, VncDisplay } from "../argv/declarations/display-devices.ts";
import { usbInputs, videoDrivers } from "../argv/displays.ts";
import type { Argument } from "./argument.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { refuse } from "./left.ts";
import { inverted, onOffOf, present, presentOrNone, wordOf } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

/** `-vnc`: where the server listens and whom it lets in. */
export function readVnc(draft: Draft, argument: Argument, text = argument.value): void {
  const {
    vnc = "",
    websocket,
    share,
    password,
    "tls-creds": tls,
    sasl,
    "power-control": powerControl,
    audiodev,
    ...left
  } = VncDisplay.parsePartial(text);
  refuse({ ...left, rest: withoutPort(left.rest, argument) }, "the VNC server");
  if (vnc === "none" && !text.includes(",")) {
    argument.imply("no VNC server");
    return;
  }
  if (tls !== undefined) {
    draft.objects
      .get(tls)
      ?.argument.omit("qemu.conf says whether and how VNC uses TLS (vnc_tls, vnc_tls_x509_cert_dir)");
    argument.note("TLS is a matter of qemu.conf (vnc_tls)");
  }
  if (sasl === true) argument.note("SASL is a matter of qemu.conf (vnc_sasl)");
  if (password === true) argument.note("the password is not on the command line: set passwd of <graphics>");
  const socket = /^unix:(.*)$/s.exec(vnc)?.[1];
  const place = /^(?:\[(.*)\]|([^:]*)):(\d{1,5})$/.exec(vnc);
  const address = place?.[1] ?? place?.[2];
  const listen: GraphicsListen =
    socket !== undefined
      ? { type: "socket", socket }
      : vnc === "none"
        ? { type: "none" }
        : { type: "address", address: address === undefined || address === "" ? "0.0.0.0" : address };
  const audio = audiodev === undefined ? undefined : draft.audios.get(audiodev);
  const graphics: Graphics = {
    type: "vnc",
    ...(listen.type === "address" && { port: 5900 + Number(place?.[3] ?? 0), autoport: false }),
    ...(websocket !== undefined && { websocket: websocket === "on" ? -1 : Number(websocket) }),
    ...(listen.type === "address" && { listen: listen.address ?? "0.0.0.0" }),
    ...(share !== undefined && {
      sharePolicy: wordOf(share, "allow-exclusive", "force-shared", "ignore") ?? "allow-exclusive",
    }),
    ...(powerControl !== undefined && { powerControl }),
    listens: [listen],
    ...(audio !== undefined && { audio }),
  };
  draft.add("graphics", graphics, argument);
}

/** `to=` lets QEMU look for a free port, as libvirt does with `autoport`. */
function withoutPort(rest: object | undefined, argument: Argument): object {
  const { to, ipv4, ipv6, x509, x509verify, tls, acl, ...others } = (rest ?? {}) as Readonly<Record<string, unknown>>;
  if ([x509, x509verify, tls, acl].some((each) => each !== undefined)) {
    argument.note("TLS and access lists are a matter of qemu.conf (vnc_tls, vnc_tls_x509_cert_dir)");
  }
  if (to !== undefined) argument.note("the port is fixed; autoport='yes' lets libvirt choose one");
  for (const family of [ipv4, ipv6])
    if (family !== undefined) argument.note("the address decides between IPv4 and IPv6");
  return others;
}

/** `-spice`: where the server listens, and how it treats its channels. */
export function readSpice(draft: Draft, argument: Argument): void {
  const keys = SpiceDisplay.parsePartial(argument.value);
  const {
    port,
    "tls-port": tlsPort,
    addr,
    unix,
    sasl,
    "disable-ticketing": open,
    "password-secret": passwordSecret,
    "x509-dir": certificates,
    "tls-channel": secure,
    "plaintext-channel": insecure,
    "image-compression": image,
    "jpeg-wan-compression": jpeg,
    "zlib-glz-wan-compression": zlib,
    "playback-compression": playback,
    "streaming-video": streaming,
    "disable-copy-paste": noClipboard,
    "disable-agent-file-xfer": noFiles,
    "agent-mouse": mouse,
    gl,
    rendernode,
    "seamless-migration": _seamless,
    rest,
    ...left
  } = keys;
  const { password, ...unknown } = rest ?? {};
  refuse({ ...left, rest: unknown }, "the SPICE server");
  if (sasl === true) argument.note("SASL is a matter of qemu.conf (spice_sasl)");
  if (certificates !== undefined) argument.note("TLS is a matter of qemu.conf (spice_tls, spice_tls_x509_cert_dir)");
  if (open !== true && password === undefined)
    argument.note("the password is not on the command line: set passwd of <graphics>");
  draft.objects.get(passwordSecret)?.argument.omit("the password of SPICE stands in <graphics>");
  const channels = (names: readonly string[] | undefined, mode: "secure" | "insecure") =>
    (names ?? []).flatMap((name) => {
      const known = wordOf(name, "main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir");
      return known === undefined ? [] : [{ name: known, mode }];
    });
  const defaultMode =
    secure?.includes("default") === true ? "secure" : insecure?.includes("default") === true ? "insecure" : undefined;
  const listen: GraphicsListen =
    unix === true
      ? present({ type: "socket" as const, socket: addr })
      : Number(port ?? 0) === 0 && tlsPort === undefined
        ? { type: "none" }
        : present({ type: "address" as const, address: addr === undefined || addr === "" ? "0.0.0.0" : addr });
  const graphics: Graphics = {
    type: "spice",
    ...(listen.type === "address" && {
      ...(port !== undefined && { port: Number(port) }),
      ...(tlsPort !== undefined && { tlsPort: Number(tlsPort) }),
      autoport: false,
      listen: listen.address ?? "0.0.0.0",
    }),
    ...(defaultMode !== undefined && { defaultMode }),
    ...(password !== undefined && { passwd: String(password) }),
    listens: [listen],
    channels: [...channels(secure, "secure"), ...channels(insecure, "insecure")],
    ...present({
      image: wordOf(image, "auto_glz", "auto_lz", "quic", "glz", "lz", "off"),
      jpeg: wordOf(jpeg, "auto", "never", "always"),
      zlib: wordOf(zlib, "auto", "never", "always"),
      playback: onOffOf(playback),
      streaming: wordOf(streaming, "filter", "all", "off"),
      mouse: mouse === undefined ? undefined : mouse === "off" ? ("server" as const) : ("client" as const),
      clipboard: noClipboard === true ? false : undefined,
      filetransfer: noFiles === true ? false : undefined,
      gl: gl === undefined ? undefined : present({ enable: gl, rendernode }),
    }),
  };
  draft.add("graphics", graphics, argument);
}

/** `-display`. Windows of desktops have no place in a document: a daemon's guest is on no desktop. */
export function readDisplay(draft: Draft, argument: Argument): void {
  const { type = "", gl, rendernode, p2p, addr, audiodev, ...left } = Display.parsePartial(argument.value);
  switch (type) {
    case "none":
      argument.imply("no display goes without saying");
      return;
    case "sdl": {
      refuse({ ...left, rendernode, p2p, addr, audiodev }, "the SDL window");
      draft.add("graphics", { type: "sdl", ...glOf(gl, undefined) }, argument);
      return;
    }
    case "egl-headless":
      refuse({ ...left, p2p, addr, audiodev, gl }, "the display");
      draft.add(
        "graphics",
        { type: "egl-headless", ...(rendernode !== undefined && { gl: { rendernode } }) },
        argument,
      );
      return;
    case "dbus": {
      refuse(left, "the D-Bus display");
      const audio = audiodev === undefined ? undefined : draft.audios.get(audiodev);
      draft.add(
        "graphics",
        {
          type: "dbus",
          ...(p2p !== undefined && { p2p }),
          ...(addr !== undefined && { address: addr }),
          ...glOf(gl, rendernode),
          ...(audio !== undefined && { audio }),
        },
        argument,
      );
      return;
    }
    default:
      throw new NoPlaceError(`the display '${type}' has no counterpart`);
  }
}

function glOf(
  gl: string | undefined,
  rendernode: string | undefined,
): { gl?: { enable?: boolean; rendernode?: string } } {
  const enable = onOffOf(gl);
  if (gl !== undefined && enable === undefined) throw new NoPlaceError(`gl=${gl} has no counterpart`);
  return enable === undefined && rendernode === undefined ? {} : { gl: present({ enable, rendernode }) };
}

/** QEMU's video cards: type, and whether it is the first one. */
const cards = new Map<string, readonly [type: NonNullable<Video["model"]>["type"], primary: boolean | undefined]>();
for (const [type, names] of Object.entries(videoDrivers)) {
  const [primary, secondary] = names;
  const known = type as NonNullable<Video["model"]>["type"];
  cards.set(primary, [known, secondary === undefined ? undefined : true]);
  if (secondary !== undefined) cards.set(secondary, [known, false]);
}
const virtioCards = [
  "virtio-gpu-pci",
  "virtio-gpu-gl-pci",
  "virtio-gpu-ccw",
  "virtio-gpu-device",
  "vhost-user-gpu-pci",
];
for (const name of virtioCards) cards.set(name, ["virtio", false]);
for (const name of ["virtio-vga", "virtio-vga-gl", "vhost-user-vga"]) cards.set(name, ["virtio", true]);

const video = deviceReader(
  VideoDevice,
  (draft, { driver = "", ...keys }, device) => {
    const { driver: options, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
    const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
    const {
      id,
      ram_size,
      vram_size,
      vram64_size_mb,
      vgamem_mb,
      vgamem,
      virgl,
      max_outputs,
      chardev,
      xres,
      yres,
      ...left
    } = afterPlace;
    const [type = "vga", primary] = cards.get(driver) ?? [];
    const kib = (bytes: number | bigint | undefined): number | undefined =>
      bytes === undefined ? undefined : Number(bytes) / 1024;
    const mib = (value: number | bigint | undefined): number | undefined =>
      value === undefined ? undefined : Number(value) * 1024;
    const vhostUser = driver.startsWith("vhost-user");
    const backend = vhostUser ? draft.chardevs.get(chardev) : undefined;
    if (vhostUser) device.argument.note("libvirt starts the helper that draws");
    backend?.argument.note("libvirt makes the socket of the helper that draws");
    const accelerated = virgl === true || driver.includes("-gl");
    const settings = presentOrNone({ ...options, name: vhostUser ? ("vhostuser" as const) : undefined });
    const memory =
      type === "qxl"
        ? { ram: kib(ram_size), vram: kib(vram_size), vram64: zeroIsNone(mib(vram64_size_mb)), vgamem: mib(vgamem_mb) }
        : { vram: type === "bochs" ? kib(vgamem) : mib(vgamem_mb) };
    const entry: Video = {
      ...(settings && { driver: settings }),
      model: {
        type,
        ...present(memory),
        ...(max_outputs !== undefined && { heads: Number(max_outputs) }),
        ...((primary ?? draft.devices.videos.length === 0) && { primary: true }),
        ...(accelerated && { acceleration: { accel3d: true } }),
        ...(xres !== undefined && yres !== undefined && { resolution: { x: Number(xres), y: Number(yres) } }),
      },
      ...(implied && { address: implied }),
      ...placed,
    };
    draft.said.add("video");
    draft.add("videos", entry, device.argument, backend?.argument);
    draft.keep(entry, id, left);
  },
  { drivers: cards.keys() },
);

function zeroIsNone(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

const usbTypes = inverted(usbInputs);
const virtioTypes = { keyboard: "keyboard", mouse: "mouse", tablet: "tablet", "input-host": "passthrough" } as const;
const inputDrivers = [
  ...usbTypes.keys(),
  ...Object.keys(virtioTypes).flatMap((name) =>
    ["-pci", "-pci-transitional", "-pci-non-transitional", "-ccw", "-device"].map(
      (suffix) => `virtio-${name}${suffix}`,
    ),
  ),
];

const input = deviceReader(
  InputDevice,
  (draft, { driver = "", ...keys }, device) => {
    const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
    const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
    const { id, evdev, ...left } = afterPlace;
    const name = /^virtio-(keyboard|mouse|tablet|input-host)-/.exec(driver)?.[1];
    const kind = Object.entries(virtioTypes).find(([each]) => each === name)?.[1];
    const entry: Input = {
      type: kind ?? usbTypes.get(driver) ?? "mouse",
      bus: kind === undefined ? "usb" : "virtio",
      ...(model !== undefined && { model }),
      ...(options && { driver: options }),
      ...(evdev !== undefined && { source: { evdev } }),
      ...(implied && { address: implied }),
      ...placed,
    };
    draft.add("inputs", entry, device.argument);
    draft.keep(entry, id, left);
  },
  { drivers: inputDrivers },
);

/** `-object input-linux`: a keyboard or mouse of the host as an event device. */
export function readInputLinux(draft: Draft, argument: Argument): void {
  const {
    id,
    evdev,
    grab_all: grabAll,
    repeat,
    "grab-toggle": toggle,
    "qom-type": _type,
    ...left
  } = InputLinux.parsePartial(argument.value);
  refuse(left, "the event device");
  const grabToggle = wordOf(
    toggle,
    "ctrl-ctrl",
    "alt-alt",
    "shift-shift",
    "meta-meta",
    "scrolllock",
    "ctrl-scrolllock",
  );
  const entry: Input = {
    type: "evdev",
    source: present({ dev: evdev, grab: grabAll === true ? ("all" as const) : undefined, grabToggle, repeat }),
  };
  draft.add("inputs", entry, argument);
  draft.keep(entry, id);
}

/** Video and input devices. */
export const displayReaders: readonly DeviceReader[] = [video, input];
