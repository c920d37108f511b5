import { ErrorCode } from "@tsvirt/base";
import type { Console, Serial } from "../chardev.ts";
import type { Devices } from "../devices.ts";
import type { Domain } from "../domain.ts";
import type { Report } from "./report.ts";

const MAX_ISA_SERIALS = 4;

/** Numbers the ports of ISA serial ports, at most four. */
export function assignIsaSerialPorts(devices: Devices, report: Report): void {
  const isa = devices.serials.filter((serial) => serial.target?.type === "isa-serial");
  const used = new Set<number>();
  for (const [count, serial] of isa.entries()) {
    const port = serial.target?.port ?? -1;
    if (count >= MAX_ISA_SERIALS || port >= MAX_ISA_SERIALS) {
      report(serial, `Maximum supported number of ISA serial ports is '${MAX_ISA_SERIALS}'`, ErrorCode.internalError);
      return;
    }
    if (port >= 0 && used.has(port)) report(serial, `target port '${port}' already allocated`, ErrorCode.internalError);
    used.add(port);
  }
  for (const serial of isa) {
    if (serial.target === undefined || (serial.target.port ?? -1) >= 0) continue;
    let port = 0;
    while (used.has(port)) port++;
    serial.target.port = port;
    used.add(port);
  }
}

/** Gives a port to a serial port, parallel port or console that has none. */
export function assignPort(
  device: { target?: { port?: number } },
  siblings: readonly { target?: { port?: number } }[],
): void {
  device.target ??= {};
  if ((device.target.port ?? -1) >= 0) return;
  let highest = -1;
  for (const sibling of siblings) highest = Math.max(highest, sibling.target?.port ?? -1);
  device.target.port = highest + 1;
}

/** Serial ports that libvirt shows as first console too. */
function hasConsoleTwin(serial: Serial): boolean {
  const type = serial.target?.type;
  return (
    type === undefined ||
    type === "none" ||
    type === "isa-serial" ||
    type === "spapr-vio-serial" ||
    type === "system-serial" ||
    type === "sclp-serial"
  );
}

/** Whether a console is another name of a serial port. */
export function isSerialConsole(console: Console): boolean {
  const type = console.target?.type;
  return type === undefined || type === "none" || type === "serial";
}

/** The console that stands for a serial port. */
export function consoleOf(serial: Serial): Console {
  const { type, sources, protocol, log, alias, acpi, address } = serial;
  const tty = type === "pty" && (serial.target?.port ?? 0) === 0 ? sources[0]?.path : undefined;
  return {
    type,
    ...(tty === undefined ? {} : { tty }),
    sources,
    ...(protocol === undefined ? {} : { protocol }),
    ...(log === undefined ? {} : { log }),
    target: { type: "serial", port: serial.target?.port ?? 0 },
    ...(alias === undefined ? {} : { alias }),
    ...(acpi === undefined ? {} : { acpi }),
    ...(address === undefined ? {} : { address }),
  };
}

/**
 * On fully virtualised guests the first console and the first serial port are one device: whichever is missing is made
 * from the other (`virDomainDefAddConsoleCompat`).
 */
export function addConsoleCompat(domain: Domain, report: Report): void {
  const { devices } = domain;
  if (devices === undefined || domain.os.type.value !== "hvm") return;
  const [console, ...others] = devices.consoles;
  for (const other of others) {
    if (isSerialConsole(other)) {
      report(other, "Only the first console can be a serial port", ErrorCode.configUnsupported);
    }
  }
  const [serial] = devices.serials;
  if (console !== undefined && isSerialConsole(console)) {
    if (serial === undefined) devices.serials.push(serialOf(console));
    const [first] = devices.serials;
    if (first !== undefined) devices.consoles[0] = consoleOf(first);
  } else if (serial !== undefined && hasConsoleTwin(serial)) devices.consoles.unshift(consoleOf(serial));
}

function serialOf(console: Console): Serial {
  const { tty: _tty, target: _target, ...rest } = console;
  return { ...rest, target: { port: 0 } };
}

/** The consoles as they are written: those that stand for serial ports show what the serial ports are now. */
export function writtenConsoles(domain: Domain): readonly Console[] {
  const { devices } = domain;
  if (devices === undefined) return [];
  if (domain.os.type.value !== "hvm") return devices.consoles;
  return devices.consoles.map((console, index) => {
    const serial = devices.serials[index];
    return serial !== undefined && isSerialConsole(console) ? consoleOf(serial) : console;
  });
}
