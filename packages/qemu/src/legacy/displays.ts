import { ErrorCode, virtError } from "@tsvirt/base";
import type { Devices, Graphics, Sound, SpiceGraphics, Video, VncGraphics } from "@tsvirt/model/domain";
import type { CommandWriter } from "../argv/command.ts";
import { SpiceDisplay } from "../argv/declarations/display-devices.ts";

const unsupported = (detail: string): Error => virtError(ErrorCode.configUnsupported, detail);

/** Writes the display; there is one at most. Gives what QEMU's environment must say of it. */
export function writeLegacyGraphics(
  line: CommandWriter,
  graphics: readonly Graphics[],
): Readonly<Record<string, string>> {
  const [display] = graphics;
  if (!display) return {};
  return line.because({ value: display }, () => {
    switch (display.type) {
      case "vnc":
        writeVnc(line, display);
        return audioEnvironment(line, "none");
      case "sdl":
        if (display.fullscreen === true) line.add("-full-screen");
        if (line.caps.hasLegacy("sdl")) line.add("-sdl");
        return {
          ...(display.xauth !== undefined && { XAUTHORITY: display.xauth }),
          ...(display.display !== undefined && { DISPLAY: display.display }),
          ...passed(line, "QEMU_AUDIO_DRV", "SDL_AUDIODRIVER"),
        };
      case "spice":
        writeSpice(line, display);
        return { QEMU_AUDIO_DRV: "spice" };
      default:
        throw unsupported(`unsupported graphics type '${display.type}'`);
    }
  });
}

/** Sound goes nowhere by itself, lest QEMU opens the host's devices behind somebody's back. */
function audioEnvironment(line: CommandWriter, driver: string): Readonly<Record<string, string>> {
  if (line.context.config.vnc_allow_host_audio === true) return passed(line, "QEMU_AUDIO_DRV");
  return { QEMU_AUDIO_DRV: driver };
}

function passed({ context }: CommandWriter, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = context.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function writeVnc(line: CommandWriter, vnc: VncGraphics): void {
  const { config } = line.context;
  const number = (vnc.port ?? 5900) - 5900;
  if (!line.caps.hasLegacy("vnc.address")) {
    // Releases before 0.9 listen everywhere, and know no password.
    line.add("-vnc", String(number));
  } else {
    const [listen] = vnc.listens;
    const address = listen?.address ?? config.vnc_listen ?? "127.0.0.1";
    const place = listen?.type === "socket" ? `unix:${listen.socket ?? ""}` : `${address}:${number}`;
    const locked = vnc.passwd !== undefined || config.vnc_password !== undefined;
    if (locked) line.context.byHand?.note("vnc: give the password with 'change vnc password' in the monitor");
    const certificates = config.vnc_tls_x509_cert_dir ?? "/etc/pki/libvirt-vnc";
    line.add(
      "-vnc",
      [
        place,
        ...(locked ? ["password"] : []),
        ...(config.vnc_tls === true
          ? ["tls", `${config.vnc_tls_x509_verify === true ? "x509verify" : "x509"}=${certificates}`]
          : []),
        ...(config.vnc_sasl === true ? ["sasl"] : []),
      ].join(","),
    );
  }
  if (vnc.keymap !== undefined) line.add("-k", vnc.keymap);
}

function writeSpice(line: CommandWriter, spice: SpiceGraphics): void {
  const { config } = line.context;
  if (!line.caps.hasLegacy("spice")) throw unsupported("spice graphics are not supported with this QEMU");
  const tls = config.spice_tls === true;
  line.option(SpiceDisplay, {
    port: spice.port ?? 5900,
    "tls-port": tls && spice.tlsPort !== undefined && spice.tlsPort > 0 ? spice.tlsPort : undefined,
    addr: spice.listens[0]?.address ?? config.spice_listen,
    "disable-ticketing": spice.passwd === undefined && config.spice_password === undefined ? true : undefined,
    "x509-dir": tls ? (config.spice_tls_x509_cert_dir ?? "/etc/pki/libvirt-spice") : undefined,
    "tls-channel": spice.channels.flatMap(({ name, mode }) => (mode === "secure" ? [name] : [])),
    "plaintext-channel": spice.channels.flatMap(({ name, mode }) => (mode === "insecure" ? [name] : [])),
  });
  if (spice.keymap !== undefined) line.add("-k", spice.keymap);
}

/** libvirt's card types by their names after `-vga`, and by the options before there was one. */
const cards: Readonly<Record<string, readonly [vga: string, older: string | undefined]>> = {
  vga: ["std", "-std-vga"],
  // What there is when nothing is said.
  cirrus: ["cirrus", ""],
  vmvga: ["vmware", "-vmwarevga"],
  qxl: ["qxl", undefined],
};

/** Writes the graphics card. */
export function writeLegacyVideo(line: CommandWriter, videos: readonly Video[]): void {
  const { caps } = line;
  const [video] = videos;
  if (!video) {
    if (caps.hasLegacy("vga") && caps.hasLegacy("vga.none")) line.add("-vga", "none");
    return;
  }
  if (videos.length > 1) throw unsupported("only one video card is currently supported");
  const type = video.model?.type ?? "cirrus";
  // The paravirtual frame buffer is no card.
  if (type === "xen") return;
  const names = Object.hasOwn(cards, type) ? cards[type] : undefined;
  const lacksQxl = type === "qxl" && !caps.hasLegacy("vga.qxl");
  if (!names || lacksQxl) throw unsupported(`video type ${type} is not supported with this QEMU`);
  const [vga, older] = names;
  line.because({ value: video }, () => {
    if (caps.hasLegacy("vga")) line.add("-vga", vga);
    else if (older === undefined) throw unsupported(`video type ${type} is not supported with this QEMU`);
    else if (older !== "") line.add(older);
  });
}

const soundCards: readonly Sound["model"][] = ["sb16", "es1370", "pcspk", "ac97"];

/** Writes the sound cards: all in one option. */
export function writeLegacySounds(line: CommandWriter, { sounds }: Pick<Devices, "sounds">): void {
  const [first] = sounds;
  if (!first) return;
  for (const { model } of sounds) {
    if (!soundCards.includes(model)) throw unsupported(`sound model '${model}' is not supported with this QEMU`);
  }
  line.because({ value: first }, () => line.add("-soundhw", sounds.map(({ model }) => model).join(",")));
}
