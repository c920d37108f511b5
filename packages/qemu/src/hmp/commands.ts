import { QmpError } from "../qmp/errors.ts";
import { quoteArgument } from "./quote.ts";
import {
  type BlockFigures,
  type BlockInfo,
  type HmpMigration,
  type HmpVersion,
  isUnknown,
  type PciFunction,
  type PciPlace,
  readBalloon,
  readBlockStats,
  readBlocks,
  readChardevs,
  readCpuThreads,
  readDrivePlace,
  readMigration,
  readPci,
  readPciPlace,
  readStatus,
  readVersion,
} from "./replies.ts";

/** A command of the text monitor: how it is typed and what its answer means, declared once. */
export interface HmpCommand<A, R> {
  /** Its first word, or two with `info`. */
  readonly name: string;
  format(args: A): string;
  /** Throws {@link QmpError} for an answer that is a refusal. */
  parse(reply: string): R;
  /** Milliseconds QEMU may take; 30 s unless declared. */
  readonly deadline?: number;
}

/** How long commands may take that write or read the guest's memory. */
const SLOW = 300_000;

/** Declares a command. Its answer has been checked for "unknown command" before `parse` sees it. */
function declare<A, R>(
  name: string,
  format: (args: A) => string,
  parse: (reply: string, fail: (why?: string) => never) => R,
  deadline?: number,
): HmpCommand<A, R> {
  const refuse = (errorClass: string, text: string): never => {
    throw new QmpError(name, errorClass, text);
  };
  return {
    name,
    format,
    parse: (reply) => {
      if (isUnknown(name, reply)) refuse("CommandNotFound", `The command ${name} has not been found`);
      return parse(reply, (why = reply.trim()) => refuse("GenericError", why === "" ? "no answer" : why));
    },
    ...(deadline !== undefined && { deadline }),
  };
}

type Nothing = Readonly<Record<never, never>>;

/** `info WHAT`. */
function info<R>(what: string, read: (reply: string) => R | undefined): HmpCommand<Nothing, R> {
  return declare(
    `info ${what}`,
    () => `info ${what}`,
    (reply, fail) => read(reply) ?? fail(),
  );
}

/** A command that prints nothing when it works. */
function silent<A>(name: string, format: (args: A) => string, deadline?: number): HmpCommand<A, undefined> {
  return declare(name, format, (reply, fail) => (reply.trim() === "" ? undefined : fail()), deadline);
}

/** A command whose chatter means nothing, but for the words that tell of a failure. */
function unless<A>(
  name: string,
  format: (args: A) => string,
  failure: RegExp,
  deadline?: number,
): HmpCommand<A, undefined> {
  return declare(name, format, (reply, fail) => (failure.test(reply) ? fail() : undefined), deadline);
}

const never = /(?!)/;
const plain = (name: string) => () => name;

/** QEMU's version. */
export const version: HmpCommand<Nothing, HmpVersion> = info("version", readVersion);
/** Whether the vCPUs run; `status` is QAPI's `RunState` as far as the release tells. */
export const status = info("status", readStatus);
/** Thread of each vCPU. */
export const cpus: HmpCommand<Nothing, ReadonlyMap<number, number>> = info("cpus", readCpuThreads);
/** Character devices. */
export const chardevs = info("chardev", readChardevs);
/** Drives. */
export const blocks: HmpCommand<Nothing, BlockInfo[]> = info("block", readBlocks);
/** Figures of drives. */
export const blockStats: HmpCommand<Nothing, ReadonlyMap<string, BlockFigures>> = info("blockstats", readBlockStats);
/** The balloon; refused without one. */
export const balloonInfo: HmpCommand<Nothing, ReadonlyMap<string, bigint>> = info("balloon", readBalloon);
/** Whether KVM is in use. */
export const kvm = info("kvm", (reply) => ({ enabled: /enabled/.test(reply) }));
/** The guest's PCI bus. */
export const pci: HmpCommand<Nothing, PciFunction[]> = info("pci", readPci);
/** The last or running migration. */
export const migration: HmpCommand<Nothing, HmpMigration> = info("migrate", readMigration);

/** Lets the vCPUs go on. */
export const cont = unless("cont", plain("cont"), /[Ee]rror|Could not|encrypted/);
/** Stops the vCPUs. */
export const stop = unless("stop", plain("stop"), never);
/** Presses the ACPI power button. */
export const systemPowerdown = unless("system_powerdown", plain("system_powerdown"), never);
/** Presses the reset button. */
export const systemReset = unless("system_reset", plain("system_reset"), never);
/** Ends QEMU; no prompt comes any more. */
export const quit = unless("quit", plain("quit"), never);

/** Asks the guest to keep so many MiB. */
export const balloon = silent<{ readonly mib: number }>("balloon", ({ mib }) => `balloon ${mib}`);
/** Plugs a vCPU in or out. */
export const cpuSet = unless<{ readonly cpu: number; readonly online: boolean }>(
  "cpu_set",
  ({ cpu, online }) => `cpu_set ${cpu} ${online ? "online" : "offline"}`,
  /[Ii]nvalid|[Ee]rror/,
);

/** Takes the medium out of a drive. */
export const eject = unless<{ readonly device: string; readonly force: boolean }>(
  "eject",
  ({ device, force }) => `eject ${force ? "-f " : ""}${device}`,
  /device /i,
);
/** Puts another medium into a drive. */
export const change = unless<{ readonly device: string; readonly file: string }>(
  "change",
  ({ device, file }) => `change ${device} ${quoteArgument(file)}`,
  /device |Could not open /i,
);
/** Sets the password of the VNC server; it is asked for. */
export const changeVncPassword = unless<Nothing>("change", plain("change vnc password"), never);
/** Sets the password of a display in one line. */
export const setPassword = silent<{ readonly protocol: string; readonly password: string; readonly connected: string }>(
  "set_password",
  ({ protocol, password, connected }) => `set_password ${protocol} ${quoteArgument(password)} ${connected}`,
);
/** When a display's password ends. */
export const expirePassword = silent<{ readonly protocol: string; readonly time: string }>(
  "expire_password",
  ({ protocol, time }) => `expire_password ${protocol} ${time}`,
);
/** Plugs a network card's cable in or out, in the words of the release: `up` and `down`, later `on` and `off`. */
export const setLink = silent<{ readonly name: string; readonly state: "up" | "down" | "on" | "off" }>(
  "set_link",
  ({ name, state }) => `set_link ${name} ${state}`,
);
/** Gives an image another size in bytes. */
export const blockResize = silent<{ readonly device: string; readonly bytes: bigint }>(
  "block_resize",
  ({ device, bytes }) => `block_resize ${device} ${bytes}B`,
  SLOW,
);
/** The passphrase of an encrypted image. */
export const blockPasswd = unless<{ readonly device: string; readonly password: string }>(
  "block_passwd",
  ({ device, password }) => `block_passwd ${device} ${quoteArgument(password)}`,
  /invalid/,
);

/** Saves the guest's state within its images. */
export const savevm = unless<{ readonly name: string }>(
  "savevm",
  ({ name }) => `savevm ${quoteArgument(name)}`,
  /Error|No block device can accept snapshots|Could not open VM state file/,
  SLOW,
);
/** Goes back to a state that was saved so. */
export const loadvm = unless<{ readonly name: string }>(
  "loadvm",
  ({ name }) => `loadvm ${quoteArgument(name)}`,
  /Error|No block device supports snapshots|Could not (?:find snapshot|open VM state file)|Snapshots not supported/,
  SLOW,
);
/** Removes a state that was saved so. */
export const delvm = unless<{ readonly name: string }>(
  "delvm",
  ({ name }) => `delvm ${quoteArgument(name)}`,
  /Error|No block device supports snapshots|Snapshots not supported/,
  SLOW,
);
/** Goes on in a new image that has the present one behind it. */
export const snapshotBlkdev = unless<{ readonly device: string; readonly file: string }>(
  "snapshot_blkdev",
  ({ device, file }) => `snapshot_blkdev ${device} ${quoteArgument(file)}`,
  /error|Could not/i,
  SLOW,
);

/** Begins to send the guest's state to a URI (`exec:`, `tcp:`, `unix:`, `fd:`), in the background. */
export const migrate = unless<{ readonly uri: string; readonly blocks?: "full" | "incremental" | undefined }>(
  "migrate",
  ({ uri, blocks: disks }) =>
    `migrate -d ${disks === undefined ? "" : disks === "full" ? "-b " : "-i "}${quoteArgument(uri)}`,
  /fail/,
);
/** Calls a migration off. */
export const migrateCancel = unless("migrate_cancel", plain("migrate_cancel"), never);
/** Limits a migration, in MiB a second. */
export const migrateSetSpeed = silent<{ readonly mib: number }>(
  "migrate_set_speed",
  ({ mib }) => `migrate_set_speed ${mib}m`,
);
/** How long the guest may stand still at a migration's end, in milliseconds. */
export const migrateSetDowntime = silent<{ readonly ms: number }>(
  "migrate_set_downtime",
  ({ ms }) => `migrate_set_downtime ${ms}ms`,
);

/** Takes a descriptor that travels with the command. */
export const getfd = silent<{ readonly name: string }>("getfd", ({ name }) => `getfd ${name}`);
/** Closes a descriptor of {@link getfd}. */
export const closefd = silent<{ readonly name: string }>("closefd", ({ name }) => `closefd ${name}`);

/** Writes what the screen shows to a PPM file. */
export const screendump = silent<{ readonly file: string }>(
  "screendump",
  ({ file }) => `screendump ${quoteArgument(file)}`,
);
/** Presses keys together, by their numbers, and lets go after `holdTime` milliseconds. */
export const sendkey = silent<{ readonly keys: readonly number[]; readonly holdTime?: number | undefined }>(
  "sendkey",
  ({ keys, holdTime }) => {
    const names = keys.map((number) => `0x${number.toString(16).padStart(2, "0")}`).join("-");
    return `sendkey ${names}${holdTime === undefined ? "" : ` ${holdTime}`}`;
  },
);
/** Sends a non-maskable interrupt to a vCPU. */
export const nmi = silent<{ readonly cpu: number }>("nmi", ({ cpu }) => `nmi ${cpu}`);

interface Region {
  readonly address: bigint;
  readonly size: bigint;
  readonly file: string;
}
/** Writes guest memory by virtual address to a file. */
export const memsave = silent<Region>(
  "memsave",
  ({ address, size, file }) => `memsave ${address} ${size} ${quoteArgument(file)}`,
  SLOW,
);
/** Writes guest memory by physical address to a file. */
export const pmemsave = silent<Region>(
  "pmemsave",
  ({ address, size, file }) => `pmemsave ${address} ${size} ${quoteArgument(file)}`,
  SLOW,
);

/** Plugs in a PCI device: `nic ARGS`, `storage file=…,if=…` or `host host=…`. Before 0.10 its place was a number. */
export const pciAdd: HmpCommand<
  { readonly place?: "auto" | "0"; readonly kind: "nic" | "storage" | "host"; readonly args: string },
  PciPlace
> = declare(
  "pci_add",
  ({ place = "auto", kind, args }) => `pci_add ${place === "auto" ? "pci_addr=auto" : place} ${kind} ${args}`,
  (reply, fail) => readPciPlace(reply) ?? fail(),
);
/** Pulls a PCI device out. */
export const pciDel = unless<PciPlace>(
  "pci_del",
  ({ domain, bus, slot }) => `pci_del pci_addr=${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}`,
  /invalid slot|Invalid pci address|extraneous characters/,
);
/** Adds a drive to a PCI adapter; `drive` is the argument of `-drive`. */
export const driveAdd: HmpCommand<
  { readonly adapter: PciPlace; readonly drive: string },
  { readonly bus: number; readonly unit: number }
> = declare(
  "drive_add",
  ({ adapter: { domain, bus, slot }, drive }) =>
    `drive_add pci_addr=${hex(domain, 2)}:${hex(bus, 2)}:${hex(slot, 2)} ${drive}`,
  (reply, fail) => readDrivePlace(reply) ?? fail(),
);
/** Plugs in a USB device, as `-usbdevice` names it. */
export const usbAdd = unless<{ readonly device: string }>(
  "usb_add",
  ({ device }) => `usb_add ${device}`,
  /Could not add/,
);
/** Pulls out a USB device by `BUS.ADDRESS`. */
export const usbDel = unless<{ readonly device: string }>(
  "usb_del",
  ({ device }) => `usb_del ${device}`,
  /Could not (?:remove|delete)/,
);
/** Adds the host's end of a network card, as `-net` names it but with a space behind the type. */
export const hostNetAdd = silent<{ readonly net: string }>("host_net_add", ({ net }) => `host_net_add ${net}`);
/** Removes the host's end of a network card. */
export const hostNetRemove = silent<{ readonly vlan: number; readonly name: string }>(
  "host_net_remove",
  ({ vlan, name }) => `host_net_remove ${vlan} ${name}`,
);

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
