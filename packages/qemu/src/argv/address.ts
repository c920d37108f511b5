import { ErrorCode, InternalError, virtError } from "@tsvirt/base";
import type { Address, Controller } from "@tsvirt/model/domain";

/** The keys of a device's place; see `addressKeys`. */
export interface AddressProps {
  readonly bus?: string | undefined;
  readonly multifunction?: boolean | undefined;
  readonly addr?: string | undefined;
  readonly "acpi-index"?: number | undefined;
  readonly port?: string | undefined;
  readonly nr?: number | undefined;
  readonly reg?: bigint | undefined;
  readonly devno?: string | undefined;
  readonly iobase?: number | undefined;
  readonly irq?: number | undefined;
}

/** A device as far as its place is concerned. */
export interface Placed {
  readonly alias?: string;
  readonly address?: Address;
  readonly acpi?: { readonly index?: number };
}

const simpleScsi: readonly string[] = ["lsilogic", "buslogic", "dc390", "am53c974", "ncr53c90", "auto"];

/** Names of the buses that a guest's controllers make. */
export class Buses {
  readonly #controllers: readonly Controller[];

  constructor(controllers: readonly Controller[]) {
    this.#controllers = controllers;
  }

  /** The alias of a controller. Throws if there is none with that index. */
  alias(type: Controller["type"], index: number): string {
    const found = this.#controllers.find((each) => each.type === type && (each.index ?? 0) === index)?.alias;
    if (found === undefined) {
      throw virtError(
        ErrorCode.internalError,
        `Could not find ${type} controller with index ${index} required for device`,
      );
    }
    return found;
  }

  /** `pci.0`, `pcie.0`, `pci.3`: QEMU's name of a PCI bus. */
  pci(index: number): string {
    const alias = this.alias("pci", index);
    const { modelName, target } =
      this.#controllers.find((each) => each.type === "pci" && (each.index ?? 0) === index) ?? {};
    // A host bridge that was added makes a bus; the one that is there anyway is one.
    return modelName?.name === "spapr-pci-host-bridge" && (target?.index ?? 0) > 0 ? `${alias}.0` : alias;
  }

  /** True for SCSI adapters that know targets only, neither channels nor units. */
  isSimpleScsi(index: number): boolean {
    const model = this.#controllers.find((each) => each.type === "scsi" && (each.index ?? 0) === index)?.model;
    return model !== undefined && simpleScsi.includes(model);
  }

  /** The keys that put a device in its place; none for a device that has no address. */
  props(device: Placed): AddressProps {
    const { address } = device;
    switch (address?.type) {
      case undefined:
      case "drive":
      case "unassigned":
      case "virtio-mmio":
      case "virtio-s390":
      case "dimm":
      case "ccid":
        return {};
      case "pci": {
        const { bus = 0, slot = 0, function: fn = 0 } = address;
        return {
          bus: this.pci(bus),
          multifunction: address.multifunction,
          addr: `0x${slot.toString(16)}${fn === 0 ? "" : `.0x${fn.toString(16)}`}`,
          "acpi-index": device.acpi?.index,
        };
      }
      case "usb":
        return { bus: `${this.alias("usb", address.bus ?? 0)}.0`, port: address.port };
      case "virtio-serial":
        return { bus: `${this.alias("virtio-serial", address.controller)}.${address.bus}`, nr: address.port };
      case "spapr-vio":
        return { reg: address.reg };
      case "ccw": {
        const hex = (value: number | undefined, width = 0): string => (value ?? 0).toString(16).padStart(width, "0");
        return { devno: `${hex(address.cssid)}.${hex(address.ssid)}.${hex(address.devno, 4)}` };
      }
      case "isa":
        return { iobase: address.iobase ?? 0, irq: address.irq };
    }
  }
}

/** The keys of a device's option ROM; see `romKeys`. */
export interface RomProps {
  readonly rombar?: number | undefined;
  readonly romfile?: string | undefined;
}

/** What the document says of a device's option ROM. Throws for a device that is not on PCI. */
export function romProps({
  rom,
  address,
}: {
  readonly rom?: { readonly enabled?: boolean; readonly bar?: boolean; readonly file?: string };
  readonly address?: Address;
}): RomProps {
  if (rom === undefined || (rom.enabled === undefined && rom.bar === undefined && rom.file === undefined)) return {};
  if (address?.type !== "pci") {
    throw virtError(ErrorCode.configUnsupported, "ROM tuning is only supported for PCI devices");
  }
  if (rom.enabled === false) return { romfile: "" };
  return { rombar: rom.bar === undefined ? undefined : Number(rom.bar), romfile: rom.file };
}

/** A device's alias; every device has one before its command line is built. */
export function aliasOf(device: { readonly alias?: string }): string {
  if (device.alias === undefined) throw new InternalError("a device has no alias");
  return device.alias;
}
