import { ErrorCode, virtError } from "@tsvirt/base";
import type { Audio, Graphics, Input, Sound, SpiceGraphics, Video, VncGraphics } from "@tsvirt/model/domain";
import { aliasOf, type Buses } from "./address.ts";
import { writeSecret } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import { AudioDev, Chardev, InputLinux, TlsCredentials } from "./declarations/backends.ts";
import {
  Display,
  InputDevice,
  SoundCodec,
  SoundDevice,
  SpiceDisplay,
  VideoDevice,
  VncDisplay,
} from "./declarations/display-devices.ts";
import { virtioDriver, virtioProps } from "./virtio.ts";

/** QEMU can have one display of each kind (`qemuBuildCommandLineValidate`). */
export function checkDisplays(graphics: readonly Graphics[]): void {
  for (const type of ["sdl", "vnc", "spice", "egl-headless", "dbus"] as const) {
    if (graphics.filter((each) => each.type === type).length < 2) continue;
    throw virtError(
      ErrorCode.configUnsupported,
      "only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is supported",
    );
  }
}

/** Writes a display: a window of QEMU itself, `-vnc` or `-spice`. */
export function writeGraphics(line: CommandWriter, graphics: Graphics, audios: readonly Audio[]): void {
  switch (graphics.type) {
    case "vnc":
      writeVnc(line, graphics, audios);
      break;
    case "spice":
      writeSpice(line, graphics);
      break;
    case "sdl":
      if (graphics.fullscreen === true) line.add("-full-screen");
      line.option(Display, { type: "sdl", gl: onOff(graphics.gl?.enable) });
      break;
    case "egl-headless":
      line.option(Display, {
        type: "egl-headless",
        rendernode:
          graphics.gl?.rendernode ?? (line.has("egl-headless.rendernode") ? line.context.renderNode : undefined),
      });
      break;
    case "dbus":
      line.option(Display, {
        type: "dbus",
        p2p: graphics.p2p,
        addr: graphics.address,
        gl: onOff(graphics.gl?.enable),
        rendernode: graphics.gl?.rendernode,
        audiodev: graphics.audio === undefined ? undefined : `audio${graphics.audio}`,
      });
      break;
    default:
      throw virtError(ErrorCode.configUnsupported, `unsupported graphics type '${graphics.type}'`);
  }
}

function onOff(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? "on" : "off";
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function writeVnc(line: CommandWriter, vnc: VncGraphics, audios: readonly Audio[]): void {
  const { config } = line.context;
  const listen = vnc.listens[0];
  let place: Pick<VncDisplay, "vnc"> | undefined;
  let implied = true;
  switch (listen?.type) {
    case "socket":
      place = { vnc: `unix:${listen.socket ?? `${line.context.privateDir}/vnc.sock`}` };
      implied = false;
      break;
    case "none":
      place = { vnc: "none" };
      break;
    default: {
      if (vnc.autoport !== true && vnc.port !== undefined && (vnc.port < 5900 || vnc.port > 65535)) {
        throw virtError(ErrorCode.configUnsupported, "vnc port must be in range [5900,65535]");
      }
      const address = listen?.address ?? config.vnc_listen ?? "127.0.0.1";
      place = { vnc: `${bracketed(address)}:${(vnc.port ?? 5900) - 5900}` };
    }
  }
  const tls = config.vnc_tls === true;
  if (tls) writeVncTls(line);
  const { byHand } = line.context;
  const hasPassword = vnc.passwd !== undefined || config.vnc_password !== undefined;
  // The daemon sets the password by the monitor; by hand it comes from a file.
  if (byHand && hasPassword) writeSecret(line, "vnc-password0", { type: "vnc", usage: "password" });
  const value: VncDisplay = {
    ...place,
    // The daemon has chosen a free port.
    to: byHand && vnc.autoport === true ? 99 : undefined,
    websocket: vnc.websocket === undefined || vnc.websocket <= 0 ? undefined : String(vnc.websocket),
    share: vnc.sharePolicy,
    password: hasPassword && !byHand ? true : undefined,
    "password-secret": hasPassword && byHand ? "vnc-password0" : undefined,
    "tls-creds": tls ? "vnctls0" : undefined,
    sasl: config.vnc_sasl === true ? true : undefined,
    "power-control": vnc.powerControl,
    audiodev: audioDevOf(vnc.audio, audios),
  };
  const [flag, text] = VncDisplay.format(value);
  line.add(flag, implied ? text : `vnc=${text}`);
  if (vnc.keymap !== undefined) line.add("-k", vnc.keymap);
}

function writeVncTls(line: CommandWriter): void {
  const { config } = line.context;
  const uuid = config.vnc_tls_x509_secret_uuid;
  if (uuid !== undefined) writeSecret(line, "vnc-tls-creds0-secret0", { type: "tls", uuid });
  line.option(TlsCredentials, {
    "qom-type": "tls-creds-x509",
    id: "vnctls0",
    dir: config.vnc_tls_x509_cert_dir ?? "/etc/pki/libvirt-vnc",
    endpoint: "server",
    "verify-peer": config.vnc_tls_x509_verify ?? false,
    passwordid: uuid === undefined ? undefined : "vnc-tls-creds0-secret0",
  });
}

/** Channels of SPICE in the order in which they are written. */
const spiceChannels = ["main", "display", "inputs", "cursor", "playback", "record", "smartcard", "usbredir"] as const;

/** Which channels must or must not be encrypted. Throws if that cannot be had. */
function spiceSecurity(
  spice: SpiceGraphics,
  can: { readonly secure: boolean; readonly insecure: boolean },
): Pick<SpiceDisplay, "tls-channel" | "plaintext-channel"> {
  const channels = { "tls-channel": [] as string[], "plaintext-channel": [] as string[] };
  const add = (name: string, mode: "any" | "secure" | "insecure" | undefined, what: string): void => {
    if (mode === undefined || mode === "any") return;
    if (!can[mode]) {
      const connection = mode === "secure" ? "TLS" : "plaintext";
      throw virtError(
        ErrorCode.configUnsupported,
        `spice ${what.replace("%s", mode)} in XML configuration, but ${connection} connection is not available`,
      );
    }
    channels[mode === "secure" ? "tls-channel" : "plaintext-channel"].push(name);
  };
  add("default", spice.defaultMode, "defaultMode %s requested");
  for (const name of spiceChannels) {
    add(name, spice.channels.findLast((each) => each.name === name)?.mode, "%s channels set");
  }
  return channels;
}

function writeSpice(line: CommandWriter, spice: SpiceGraphics): void {
  const { config } = line.context;
  const listen = spice.listens[0];
  const byAddress = listen === undefined || listen.type === "address" || listen.type === "network";
  const positive = (port: number | undefined): number | undefined =>
    byAddress && port !== undefined && port > 0 ? port : undefined;
  const port = positive(spice.port);
  const tlsPort = positive(spice.tlsPort);
  const bySocket = listen?.type === "socket";
  const channels = spiceSecurity(spice, { secure: tlsPort !== undefined, insecure: !byAddress || port !== undefined });
  let addr: string | undefined;
  if (bySocket) addr = listen.socket ?? `${line.context.privateDir}/spice.sock`;
  else if (port !== undefined || tlsPort !== undefined) addr = listen?.address ?? config.spice_listen ?? "127.0.0.1";
  const hasPassword = spice.passwd !== undefined || config.spice_password !== undefined;
  const passwordSecret = line.context.byHand && hasPassword ? "spice-password0" : undefined;
  if (passwordSecret !== undefined) writeSecret(line, passwordSecret, { type: "spice", usage: "password" });
  line.option(SpiceDisplay, {
    unix: bySocket ? true : undefined,
    // QEMU wants a port if there is nothing else.
    port: listen?.type === "none" ? 0 : port,
    "tls-port": tlsPort,
    addr,
    sasl: config.spice_sasl === true ? true : undefined,
    "disable-ticketing": hasPassword ? undefined : true,
    "password-secret": passwordSecret,
    "x509-dir": tlsPort === undefined ? undefined : (config.spice_tls_x509_cert_dir ?? "/etc/pki/libvirt-spice"),
    ...channels,
    "image-compression": spice.image,
    "jpeg-wan-compression": spice.jpeg,
    "zlib-glz-wan-compression": spice.zlib,
    "playback-compression": onOff(spice.playback),
    "streaming-video": spice.streaming,
    "agent-mouse": spice.mouse === undefined ? undefined : spice.mouse === "server" ? "off" : "on",
    "disable-copy-paste": spice.clipboard === false ? true : undefined,
    "disable-agent-file-xfer": spice.filetransfer === false ? true : undefined,
    gl: spice.gl?.enable === true ? true : undefined,
    rendernode: spice.gl?.enable === true ? spice.gl.rendernode : undefined,
    "seamless-migration": true,
  });
  if (spice.keymap !== undefined) line.add("-k", spice.keymap);
}

type VideoType = NonNullable<Video["model"]>["type"];

/** QEMU's cards for libvirt's types; the second is for cards that are not the first one. */
export const videoDrivers: Partial<Record<VideoType, readonly [primary: string, secondary?: string]>> = {
  vga: ["VGA"],
  cirrus: ["cirrus-vga"],
  vmvga: ["vmware-svga"],
  qxl: ["qxl-vga", "qxl"],
  bochs: ["bochs-display"],
  ramfb: ["ramfb"],
};

/** Writes a video card. */
export function writeVideo(line: CommandWriter, video: Video, buses: Buses): void {
  const { model, driver } = video;
  if (!model || model.type === "none") return;
  const alias = aliasOf(video);
  const vhostUser = driver?.name === "vhostuser";
  const chardev = vhostUser ? `chr-vu-${alias}` : undefined;
  const fd = vhostUser ? line.context.otherFd(alias) : undefined;
  if (fd !== undefined) line.option(Chardev, { backend: "socket", id: `chr-vu-${alias}`, fd: line.fd(fd) });
  const isVirtio = model.type === "virtio";
  const name = videoDriver(line, video);
  line.option(VideoDevice, {
    driver: name,
    ...(isVirtio && name !== "vhost-user-vga" ? virtioProps(driver) : {}),
    id: alias,
    virgl: isVirtio && !vhostUser && line.has("virtio-gpu.virgl") ? model.acceleration?.accel3d : undefined,
    max_outputs: isVirtio || model.type === "qxl" ? model.heads || undefined : undefined,
    ...(vhostUser ? { chardev } : videoMemory(line, model)),
    xres: model.resolution?.x,
    yres: model.resolution?.y,
    ...buses.props(video),
  });
}

/** QEMU's device for a card. The first one is one that firmware without a driver can use, where there is such a one. */
function videoDriver(line: CommandWriter, { model, driver, address }: Video): string {
  const type = model?.type ?? "default";
  const vhostUser = driver?.name === "vhostuser";
  const hasVga = type !== "virtio" || line.has(vhostUser ? "vhost-user-vga" : "virtio-vga");
  const vga = model?.primary === true && hasVga;
  if (type !== "virtio" && !vhostUser) {
    const name = videoDrivers[type]?.[vga ? 0 : 1];
    if (name === undefined) throw virtError(ErrorCode.internalError, `invalid model for video type '${type}'`);
    return name;
  }
  const at = <B extends string>(base: B): string => virtioDriver(base, address, undefined);
  if (vhostUser) return vga ? "vhost-user-vga" : at("vhost-user-gpu");
  const accelerated = model?.acceleration?.accel3d === true && line.has(vga ? "virtio-vga-gl" : "virtio-gpu-gl-pci");
  if (vga) return accelerated ? "virtio-vga-gl" : "virtio-vga";
  return at(accelerated ? "virtio-gpu-gl" : "virtio-gpu");
}

function videoMemory(line: CommandWriter, model: NonNullable<Video["model"]>): Partial<VideoDevice> {
  const mib = (kib: number | undefined): number | undefined => (kib === undefined ? undefined : kib / 1024);
  switch (model.type) {
    case "qxl":
      return {
        ram_size: model.ram === undefined ? undefined : model.ram * 1024,
        vram_size: model.vram === undefined ? undefined : model.vram * 1024,
        vram64_size_mb: line.has("qxl.vram64_size_mb") ? mib(model.vram64 ?? 0) : undefined,
        vgamem_mb: line.has("qxl.vgamem_mb") ? mib(model.vgamem) : undefined,
      };
    case "vga":
      return { vgamem_mb: line.has("VGA.vgamem_mb") ? mib(model.vram) : undefined };
    case "vmvga":
      return { vgamem_mb: line.has("vmware-svga.vgamem_mb") ? mib(model.vram) : undefined };
    case "bochs":
      return { vgamem: model.vram === undefined ? undefined : model.vram * 1024 };
    default:
      return {};
  }
}

/** QEMU's USB inputs. */
export const usbInputs = { mouse: "usb-mouse", tablet: "usb-tablet", keyboard: "usb-kbd" } as const;

/** Writes a keyboard, mouse or tablet; PS/2 ones are part of the machine. */
export function writeInput(line: CommandWriter, input: Input, buses: Buses): void {
  const { type, bus, source } = input;
  if (type === "evdev") {
    line.option(InputLinux, {
      "qom-type": "input-linux",
      id: aliasOf(input),
      evdev: source?.dev ?? "",
      grab_all: source?.grab === "all" ? true : undefined,
      repeat: source?.repeat,
      "grab-toggle": source?.grabToggle,
    });
    return;
  }
  if (bus === "virtio") {
    const base = type === "passthrough" ? "virtio-input-host" : `virtio-${type}`;
    line.option(InputDevice, {
      driver: virtioDriver(base, input.address, input.model),
      ...virtioProps(input.driver),
      id: aliasOf(input),
      evdev: type === "passthrough" ? source?.evdev : undefined,
      ...buses.props(input),
    });
  } else if (bus === "usb" && type !== "passthrough") {
    line.option(InputDevice, { driver: usbInputs[type], id: aliasOf(input), ...buses.props(input) });
  }
}

/** Id of the back end that a sound card plays on: the one it names, or else the first. Throws if there is none. */
function audioDevOf(id: number | undefined, audios: readonly Audio[]): string {
  const audio = id === undefined ? audios[0] : audios.find((each) => each.id === id);
  if (!audio) throw virtError(ErrorCode.internalError, "unable to find audio backend for sound device");
  return `audio${audio.id}`;
}

/** QEMU's sound cards for libvirt's models. */
export const soundDrivers = {
  sb16: "sb16",
  es1370: "ES1370",
  ac97: "AC97",
  ich6: "intel-hda",
  ich9: "ich9-intel-hda",
  usb: "usb-audio",
} as const;

/** Writes a sound card and its codecs. */
export function writeSound(line: CommandWriter, sound: Sound, buses: Buses, audios: readonly Audio[]): void {
  const { model } = sound;
  const hda = model === "ich6" || model === "ich9";
  // Not a device of its own: QEMU always has it.
  if (model === "pcspk") {
    line.add("-soundhw", "pcspk");
    return;
  }
  const audiodev = audioDevOf(sound.audio, audios);
  if (model === "ich7")
    throw virtError(ErrorCode.configUnsupported, `sound card model '${model}' is not supported by qemu`);
  line.option(SoundDevice, {
    driver: soundDrivers[model],
    id: aliasOf(sound),
    multi: sound.multichannel,
    audiodev: hda ? undefined : audiodev,
    ...buses.props(sound),
  });
  if (!hda) return;
  const codecs = sound.codecs.length > 0 ? sound.codecs : [{ type: "duplex" as const }];
  for (const [index, { type }] of codecs.entries()) {
    line.option(SoundCodec, {
      driver: `hda-${type}`,
      id: `${aliasOf(sound)}-codec${index}`,
      bus: `${aliasOf(sound)}.0`,
      cad: index,
      audiodev,
    });
  }
}

/** QEMU's names of audio back ends that libvirt names otherwise. */
export const audioDrivers: Readonly<Partial<Record<Audio["type"], string>>> = { pulseaudio: "pa", file: "wav" };

/** Writes the host's end of sound. */
export function writeAudio(line: CommandWriter, audio: Audio): void {
  const side = (io: NonNullable<Audio["input"]> | undefined): AudioDev["in"] =>
    io && {
      "mixing-engine": io.mixingEngine,
      "fixed-settings": io.fixedSettings,
      voices: io.voices || undefined,
      "buffer-length": io.bufferLength || undefined,
      ...(io.fixedSettings === true && {
        frequency: io.settings?.frequency || undefined,
        channels: io.settings?.channels || undefined,
        format: io.settings?.format,
      }),
      dev: io.dev,
      "try-poll": io.tryPoll,
      "connect-ports": io.connectPorts,
      "client-name": io.clientName,
      "exact-name": io.exactName,
      "server-name": io.serverName,
      "buffer-count": io.bufferCount || undefined,
      name: io.name,
      "stream-name": io.streamName,
      latency: io.latency || undefined,
    };
  line.option(AudioDev, {
    id: `audio${audio.id}`,
    driver: audioDrivers[audio.type] ?? audio.type,
    "timer-period": audio.timerPeriod || undefined,
    "try-mmap": audio.tryMMap,
    exclusive: audio.exclusive,
    "dsp-policy": audio.dspPolicy,
    server: audio.serverName,
    path: audio.path,
    in: side(audio.input),
    out: side(audio.output),
  });
}
