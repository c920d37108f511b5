import { ErrorCode, virtError } from "@tsvirt/base";
import type { Channel, Console, Parallel, Redirdev, RedirFilter, Serial, Smartcard } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../capabilities/flags.ts";
import { type AddressProps, aliasOf, type Buses } from "./address.ts";
import type { Board } from "./board.ts";
import { writeChardev } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import { SerialDevice, SmartcardDevice, UsbRedirDevice, VirtioPort } from "./declarations/misc-devices.ts";
import { UserNetdev } from "./declarations/network-devices.ts";

/** What QEMU must have for a serial port of each kind. */
const serialFlags: Readonly<Record<string, CapabilityFlag>> = {
  "isa-serial": "isa-serial",
  "usb-serial": "usb-serial",
  "pci-serial": "pci-serial",
  "spapr-vty": "spapr-vty",
  sclpconsole: "s390-sclp",
  sclplmconsole: "sclplmconsole",
};

/** Writes a serial port with its back end. */
export function writeSerial(line: CommandWriter, serial: Serial, buses: Buses, board: Board): void {
  const alias = aliasOf(serial);
  const chardev = writeChardev(line, serial, { alias });
  const name = serial.target?.model?.name ?? "none";
  const flag = serialFlags[name];
  if (flag !== undefined && !line.has(flag)) {
    throw virtError(ErrorCode.configUnsupported, `'${name}' is not supported in this QEMU binary`);
  }
  switch (name) {
    case "isa-serial":
    case "isa-debugcon":
      line.option(SerialDevice, {
        driver: name,
        chardev,
        id: alias,
        index: name === "isa-serial" ? serial.target?.port : undefined,
        ...buses.props(serial),
      });
      return;
    case "usb-serial":
    case "pci-serial":
    case "spapr-vty":
    case "sclpconsole":
    case "sclplmconsole":
      line.option(SerialDevice, { driver: name, chardev, id: alias, ...buses.props(serial) });
      return;
    case "pl011":
    case "16550a":
    case "none":
      if (!isOnBoard(serial, board)) throw virtError(ErrorCode.internalError, "Invalid target model for serial device");
      line.add("-serial", `chardev:${chardev}`);
  }
}

/** Part of the board, or of a board that nobody knows better (`qemuChrIsPlatformDevice`). */
function isOnBoard({ target }: Serial, { isArm, isRiscv }: Board): boolean {
  if (target?.type === undefined || target.type === "none") return true;
  const chip = isArm ? "pl011" : isRiscv ? "16550a" : undefined;
  return target.type === "system-serial" && chip !== undefined && target.model?.name === chip;
}

/** Writes a parallel port with its back end. */
export function writeParallel(line: CommandWriter, parallel: Parallel): void {
  const alias = aliasOf(parallel);
  const chardev = writeChardev(line, parallel, { alias, parallel: true });
  line.option(SerialDevice, { driver: "isa-parallel", chardev, id: alias });
}

/** Names of the channels that SPICE has built in. */
function spiceChannel(name: string | undefined): "vdagent" | undefined {
  return name === "com.redhat.spice.0" ? "vdagent" : undefined;
}

/** A channel on a socket without a path gets one in the directory of this run, named as the guest sees it. */
function withSocketOfRun(line: CommandWriter, channel: Channel): Channel {
  const [source] = channel.sources;
  if (channel.type !== "unix" || source?.path !== undefined) return channel;
  const path = `${line.context.channelDir}/${channel.target.name ?? placeName(channel)}`;
  return { ...channel, sources: [{ mode: "bind", seclabels: [], ...source, path }] };
}

function placeName({ address }: Channel): string {
  const { controller, bus, port } = address?.type === "virtio-serial" ? address : { controller: 0, bus: 0, port: 0 };
  return `vioser-${[controller, bus, port].map((number) => String(number).padStart(2, "0")).join("-")}.sock`;
}

/** Where a device of virtio-serial is. Throws for one that is elsewhere. */
function portOf(device: Channel | Console, buses: Buses): AddressProps {
  const { type } = device.address ?? {};
  if (type !== undefined && type !== "ccw" && type !== "virtio-serial") {
    throw virtError(ErrorCode.internalError, "virtio serial device has invalid address type");
  }
  return buses.props(device);
}

/** Writes a channel with its back end. */
export function writeChannel(line: CommandWriter, channel: Channel, buses: Buses): void {
  const alias = aliasOf(channel);
  const { target } = channel;
  if (channel.type === "spicevmc" && target.name !== undefined && target.name !== "com.redhat.spice.0") {
    throw virtError(ErrorCode.configUnsupported, `Unsupported spicevmc target name '${target.name}'`);
  }
  if (target.type === "guestfwd") {
    const chardev = writeChardev(line, channel, { alias });
    const str = `tcp:${target.address ?? ""}:${target.port ?? 0}-chardev:${chardev}`;
    line.option(UserNetdev, { type: "user", guestfwd: [str], id: alias });
    return;
  }
  const chardev = writeChardev(line, withSocketOfRun(line, channel), { alias, spiceName: spiceChannel(target.name) });
  const { bus, nr } = portOf(channel, buses);
  line.option(VirtioPort, { driver: "virtserialport", bus, nr, chardev, id: alias, name: target.name });
}

/** Writes a console that is not another name of a serial port. */
export function writeConsole(line: CommandWriter, console: Console, buses: Buses): void {
  const type = console.target?.type ?? "serial";
  if (type === "serial") return;
  if (type !== "virtio" && type !== "sclp" && type !== "sclplm") {
    throw virtError(ErrorCode.configUnsupported, `unsupported console target type ${type}`);
  }
  const alias = aliasOf(console);
  const chardev = writeChardev(line, console, { alias });
  if (type !== "virtio") {
    line.option(SerialDevice, { driver: type === "sclp" ? "sclpconsole" : "sclplmconsole", chardev, id: alias });
    return;
  }
  const { bus, nr, devno } = portOf(console, buses);
  line.option(VirtioPort, { driver: "virtconsole", bus, nr, devno, chardev, id: alias });
}

/** Writes a redirected USB device. */
export function writeRedirdev(
  line: CommandWriter,
  redirdev: Redirdev,
  filter: RedirFilter | undefined,
  buses: Buses,
): void {
  const alias = aliasOf(redirdev);
  const chardev = writeChardev(line, redirdev, { alias, spiceName: "usbredir" });
  line.option(UsbRedirDevice, {
    driver: "usb-redir",
    chardev,
    id: alias,
    filter: filter === undefined || filter.devices.length === 0 ? undefined : filterText(filter),
    bootindex: redirdev.boot?.order,
    ...buses.props(redirdev),
  });
}

/** usbredir's rules: class:vendor:product:version:allow, joined by bars. */
function filterText({ devices }: RedirFilter): string {
  const hex = (value: number | undefined, digits: number): string =>
    value === undefined ? "-1" : `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
  return devices
    .map(({ class: kind, vendor, product, version, allow }) =>
      [hex(kind, 2), hex(vendor, 4), hex(product, 4), hex(version, 4), allow ? "1" : "0"].join(":"),
    )
    .join("|");
}

/** Writes a smart card reader with its card. */
export function writeSmartcard(line: CommandWriter, smartcard: Smartcard, buses: Buses): void {
  const alias = aliasOf(smartcard);
  const { address } = smartcard;
  const bus = address?.type === "ccid" ? `${buses.alias("ccid", address.controller)}.0` : undefined;
  if (smartcard.mode === "passthrough") {
    if (smartcard.type === undefined)
      throw virtError(ErrorCode.xmlError, "passthrough mode requires a character device type attribute");
    const chardev = writeChardev(line, { ...smartcard, type: smartcard.type }, { alias, spiceName: "smartcard" });
    line.option(SmartcardDevice, { driver: "ccid-card-passthru", chardev, id: alias, bus });
  } else if (smartcard.mode === "host") {
    line.option(SmartcardDevice, { driver: "ccid-card-emulated", backend: "nss-emulated", id: alias, bus });
  } else {
    const [cert1, cert2, cert3] = smartcard.certificates;
    line.option(SmartcardDevice, {
      driver: "ccid-card-emulated",
      backend: "certificates",
      cert1,
      cert2,
      cert3,
      db: smartcard.database ?? "/etc/pki/nssdb",
      id: alias,
      bus,
    });
  }
}
