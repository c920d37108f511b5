import type { PartialOption } from "@tsvirt/codec/options";
import type { Channel, ChardevSource, Console, Redirdev, Serial } from "@tsvirt/model/domain";
import type { Chardev } from "../argv/declarations/backends.ts";
import { SerialDevice, SmartcardDevice, UsbRedirDevice, VirtioPort } from "../argv/declarations/misc-devices.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceArgument, type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import type { Definition, Draft } from "./draft.ts";
import { numberOf, present } from "./values.ts";

/** The host's end of a character device as documents have it. */
export type ChardevBackend = Pick<Serial, "type" | "sources" | "protocol" | "log">;

/** A back end and the arguments that it came from. */
export interface FoundBackend {
  readonly backend: ChardevBackend;
  readonly from: readonly DeviceArgument["argument"][];
}

type SourceParts = { readonly [K in keyof ChardevSource]?: ChardevSource[K] | undefined };

function sourceWith(parts: SourceParts): ChardevSource {
  return { seclabels: [], ...present(parts) } as ChardevSource;
}

/** Reads `-chardev`. Throws {@link NoPlaceError} for what documents do not know. */
export function readChardev(draft: Draft, { id, argument, value }: Definition<PartialOption<Chardev>>): FoundBackend {
  const { backend, rest, logfile, logappend } = value;
  const others = new Map(Object.entries(rest ?? {}));
  const flag = (name: string): boolean => {
    const found = others.get(name);
    others.delete(name);
    return found === "on" || found === true;
  };
  const from = [argument];
  if (logfile !== undefined) inherited(draft, logfile, from);
  const log =
    logfile === undefined ? {} : { log: { file: logfile, ...(logappend !== undefined && { append: logappend }) } };
  const result = (type: Serial["type"], source?: SourceParts, more: Partial<ChardevBackend> = {}): FoundBackend => {
    const [left] = others.keys();
    if (left !== undefined) throw new NoPlaceError(`'${left}' of its character device has no counterpart`);
    return { backend: { type, sources: source ? [sourceWith(source)] : [], ...more, ...log }, from };
  };
  // How a socket is opened, not what it is.
  for (const name of ["ipv4", "ipv6", "nodelay", "delay"]) others.delete(name);
  if (flag("mux")) argument.note("the monitor that shares this character device is libvirt's own");
  switch (backend) {
    case "null":
      return result("null");
    case "vc":
      for (const size of ["width", "height", "cols", "rows"]) others.delete(size);
      return result("vc");
    case "pty":
      return result("pty");
    case "stdio":
      others.delete("signal");
      return result("stdio");
    case "serial":
    case "tty":
    case "parallel":
    case "parport":
      return result("dev", { path: value.path });
    case "pipe":
      return result("pipe", { path: value.path });
    case "file":
      return result("file", fileSource(draft, value, from));
    case "udp":
      return udp(value, result);
    case "socket":
      return socket(draft, id, value, from, result);
    case "spicevmc":
      return result("spicevmc");
    case "spiceport":
    case "dbus":
      return result(backend, { channel: value.name });
    case "qemu-vdagent":
      return result("qemu-vdagent", {
        clipboard: value.clipboard === undefined ? undefined : { copypaste: value.clipboard },
        mouse: value.mouse === undefined ? undefined : value.mouse ? "client" : "server",
      });
    default:
      throw new NoPlaceError(`the character device '${backend ?? ""}' has no counterpart`);
  }
}

type Result = (type: Serial["type"], source?: SourceParts, more?: Partial<ChardevBackend>) => FoundBackend;

function fileSource(
  draft: Draft,
  { path, append }: PartialOption<Chardev>,
  from: DeviceArgument["argument"][],
): SourceParts {
  const descriptor = inherited(draft, path, from);
  return present({ path, append: descriptor ? undefined : append });
}

/** Whether a path stands for a descriptor that QEMU inherits; the argument that hands it over is taken. */
function inherited(draft: Draft, path: string | undefined, from: DeviceArgument["argument"][]): boolean {
  const found = draft.fdsets.filter(({ set }) => path === `/dev/fdset/${set}`);
  for (const { argument } of found) {
    from.push(argument);
    argument.note("an inherited descriptor: the file behind it is not known");
  }
  return found.length > 0;
}

function udp(value: PartialOption<Chardev>, result: Result): FoundBackend {
  const connect = sourceWith({ mode: "connect", host: value.host, service: value.port });
  const { localaddr, localport } = value;
  const bound = (localaddr !== undefined && localaddr !== "") || (localport !== undefined && localport !== "0");
  const bind = sourceWith({ mode: "bind", host: localaddr || undefined, service: localport });
  return result("udp", undefined, { sources: bound ? [bind, connect] : [connect] });
}

function socket(
  draft: Draft,
  id: string,
  value: PartialOption<Chardev>,
  from: DeviceArgument["argument"][],
  result: Result,
): FoundBackend {
  const { path, host, port, telnet, fd, server, reconnect, "tls-creds": tls } = value;
  const mode = server === true ? "bind" : "connect";
  const again =
    reconnect === undefined
      ? undefined
      : Number(reconnect) === 0
        ? { enabled: false }
        : { enabled: true, timeout: Number(reconnect) };
  if (path !== undefined) return result("unix", { mode, path, reconnect: again });
  // A listening socket that was made for QEMU: only the one who made it knows its path.
  if (fd !== undefined && host === undefined) {
    const [argument] = from;
    argument?.note("an inherited socket: its path is not known, another one is put in its place");
    return result("unix", { mode: "bind", path: `/run/libvirt/qemu/channel/${id}.sock` });
  }
  const credentials = draft.objects.get(tls);
  if (credentials) {
    from.push(credentials.argument);
    const password = draft.objects.get(draft.objectKeys(credentials).text("passwordid"));
    if (password) from.push(password.argument);
  }
  const source: SourceParts = {
    mode,
    host: host ?? "",
    service: port,
    tls: tls !== undefined,
    reconnect: again,
  };
  return result("tcp", source, { protocol: telnet === true ? "telnet" : "raw" });
}

/** The back end of a device. */
export function backendOf(draft: Draft, id: string | undefined): FoundBackend {
  const found = draft.chardevs.get(id);
  if (!found) throw new NoPlaceError(`there is no character device '${id ?? ""}'`);
  return readChardev(draft, found);
}

/** Kinds of serial ports by their devices. */
const serialTargets = {
  "isa-serial": "isa-serial",
  "pci-serial": "pci-serial",
  "usb-serial": "usb-serial",
  "isa-debugcon": "isa-debug",
  "spapr-vty": "spapr-vio-serial",
} as const;

/** Consoles of s390 by their devices. */
const consoleTargets = { sclpconsole: "sclp", sclplmconsole: "sclplm" } as const;

const serial = deviceReader(SerialDevice, (draft, { driver = "isa-serial", chardev, id, index, ...keys }, device) => {
  const { device: placed, left } = takePlace(keys, draft.buses);
  const { backend, from } = backendOf(draft, chardev);
  if (driver === "isa-parallel") {
    const parallel = { ...backend, target: { port: draft.devices.parallels.length }, ...placed };
    draft.add("parallels", parallel, device.argument, ...from);
    draft.keep(parallel, id, {
      ...left,
      ...(index !== undefined && Number(index) !== parallel.target.port && { index }),
    });
    return;
  }
  if (driver === "sclpconsole" || driver === "sclplmconsole") {
    const console: Console = {
      ...backend,
      target: { type: consoleTargets[driver], port: draft.devices.consoles.length },
      ...placed,
    };
    draft.add("consoles", console, device.argument, ...from);
    draft.keep(console, id, left);
    return;
  }
  const port = numberOf(index) ?? draft.devices.serials.length;
  const entry: Serial = {
    ...backend,
    target: { type: serialTargets[driver], port, model: { name: driver } },
    ...placed,
  };
  draft.add("serials", entry, device.argument, ...from);
  draft.keep(entry, id, left);
});

const ports = deviceReader(VirtioPort, (draft, { driver, bus, nr, devno, chardev, id, name, ...left }, device) => {
  const { device: placed } = takePlace({ bus, nr, devno }, draft.buses);
  if (bus !== undefined && !placed.address) throw new NoPlaceError(`there is no bus '${bus}'`);
  const { backend, from } = backendOf(draft, chardev);
  if (driver === "virtconsole") {
    const console: Console = { ...backend, target: { type: "virtio", port: draft.devices.consoles.length }, ...placed };
    draft.add("consoles", console, device.argument, ...from);
    draft.keep(console, id, left);
    return;
  }
  const channel: Channel = { ...backend, target: { type: "virtio", ...(name !== undefined && { name }) }, ...placed };
  draft.add("channels", channel, device.argument, ...from);
  draft.keep(channel, id, left);
});

const redirdev = deviceReader(
  UsbRedirDevice,
  (draft, { driver: _driver, chardev, id, filter, bootindex, ...keys }, device) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const { backend, from } = backendOf(draft, chardev);
    const entry: Redirdev = {
      bus: "usb",
      ...backend,
      ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
      ...placed,
    };
    draft.add("redirdevs", entry, device.argument, ...from);
    draft.keep(entry, id, left);
    if (filter !== undefined) {
      draft.devices.redirfilter = { devices: filter.split("|").map(readRule) };
      device.argument.place("/domain/devices/redirfilter");
    }
  },
);

/** One rule of usbredir: class:vendor:product:version:allow. */
function readRule(rule: string): NonNullable<Draft["devices"]["redirfilter"]>["devices"][number] {
  const [cls = "-1", vendor = "-1", product = "-1", version = "-1", allow = "0"] = rule.split(":");
  const known = (value: string): number | undefined => (value === "-1" ? undefined : numberOf(value));
  return present({
    class: known(cls),
    vendor: known(vendor),
    product: known(product),
    version: known(version),
    allow: allow === "1",
  });
}

const smartcard = deviceReader(
  SmartcardDevice,
  (draft, { driver, backend, cert1, cert2, cert3, db, chardev, id, bus, ...left }, device) => {
    const { device: placed } = takePlace({ bus }, draft.buses);
    const base = { certificates: [], sources: [], ...placed };
    if (driver === "ccid-card-passthru") {
      const found = backendOf(draft, chardev);
      const card = { ...base, mode: "passthrough" as const, ...found.backend };
      draft.add("smartcards", card, device.argument, ...found.from);
      draft.keep(card, id, left);
      return;
    }
    const certificates = [cert1, cert2, cert3].filter((each) => each !== undefined);
    const card =
      backend === "certificates"
        ? { ...base, mode: "host-certificates" as const, certificates, ...(db !== undefined && { database: db }) }
        : { ...base, mode: "host" as const };
    draft.add("smartcards", card, device.argument);
    draft.keep(card, id, left);
  },
);

/** Devices with a character device behind them. */
export const chardevReaders: readonly DeviceReader[] = [serial, ports, redirdev, smartcard];
