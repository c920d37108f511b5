import { ErrorCode, virtError } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../capabilities/flags.ts";
import { aliasOf, type Buses } from "./address.ts";
import type { Board } from "./board.ts";
import type { CommandWriter } from "./command.ts";
import {
  AhciController,
  CcidController,
  PciController,
  PciHostBridge,
  ScsiController,
  UsbController,
  VirtioScsiController,
  VirtioSerialController,
} from "./declarations/controller-devices.ts";
import { virtioDriver, virtioProps } from "./virtio.ts";

/** The order in which controllers are plugged in: what others sit on comes first. */
const order: readonly Controller["type"][] = ["pci", "usb", "scsi", "ide", "sata", "virtio-serial"];

/** Writes every controller that the machine has not built in, but for those that sit on USB themselves. */
export function writeControllers(
  line: CommandWriter,
  controllers: readonly Controller[],
  buses: Buses,
  board: Board,
): void {
  line.each(
    controllers.filter(({ pcihole64 }) => pcihole64 !== undefined),
    (controller) => writePciHole(line, controller),
  );
  for (const type of order) writeOfType(line, controllers, type, buses, board);
  writeLegacyUsb(line, controllers, board);
}

/** Writes smart card readers, which may sit on a USB hub. */
export function writeCcidControllers(
  line: CommandWriter,
  controllers: readonly Controller[],
  buses: Buses,
  board: Board,
): void {
  writeOfType(line, controllers, "ccid", buses, board);
}

function writeOfType(
  line: CommandWriter,
  controllers: readonly Controller[],
  type: Controller["type"],
  buses: Buses,
  board: Board,
): void {
  line.each(
    controllers.filter((each) => each.type === type),
    (controller) => writeController(line, controller, buses, board),
  );
}

/** Guests that have not been denied USB have the controller that QEMU makes by itself, unless the machine is without it. */
function writeLegacyUsb(line: CommandWriter, controllers: readonly Controller[], board: Board): void {
  const usb = controllers.filter(({ type }) => type === "usb");
  if (usb.some(({ model }) => model === "none")) return;
  const legacy = usb.filter(({ model }) => model === undefined);
  if (legacy.length > 1) {
    throw virtError(ErrorCode.configUnsupported, "Multiple legacy USB controllers are not supported");
  }
  if (usb.length > legacy.length || board.isQ35 || board.isVirt || board.isS390) return;
  line.because({ value: legacy[0] ?? controllers }, () => line.add("-usb"));
}

function writeController(line: CommandWriter, controller: Controller, buses: Buses, board: Board): void {
  const { type, model, address, driver } = controller;
  const index = controller.index ?? 0;
  switch (type) {
    case "pci":
      writePci(line, controller, buses);
      return;
    case "usb":
      // Without a model it is written at the end, where there can be such a one at all.
      if (model === undefined && !board.isQ35 && !board.isVirt) return;
      if (model !== "none") writeUsb(line, controller, buses);
      return;
    case "scsi":
      if (index === 0 && model === "ncr53c90" && board.hasEsp) return;
      writeScsi(line, controller, buses);
      return;
    case "sata":
      if (index === 0 && board.isQ35) return;
      line.option(AhciController, { driver: "ahci", id: aliasOf(controller), ...buses.props(controller) });
      return;
    case "ide":
      if (index === 0 && board.hasIde) return;
      throw virtError(ErrorCode.configUnsupported, "Only a single IDE controller is supported for this machine type");
    case "virtio-serial":
      line.option(VirtioSerialController, {
        driver: virtioDriver("virtio-serial", address, model),
        ...virtioProps(driver),
        id: aliasOf(controller),
        max_ports: nonNegative(controller.ports),
        vectors: nonNegative(controller.vectors),
        ...buses.props(controller),
      });
      return;
    case "ccid":
      line.option(CcidController, { driver: "usb-ccid", id: aliasOf(controller), ...buses.props(controller) });
      return;
    case "fdc":
    case "isa":
      return;
    case "xenbus":
      throw virtError(ErrorCode.configUnsupported, `Unsupported controller type: ${type}`);
  }
}

function nonNegative(value: number | undefined): number | undefined {
  return value === undefined || value < 0 ? undefined : value;
}

function writePci(line: CommandWriter, controller: Controller, buses: Buses): void {
  const { modelName, target, model } = controller;
  const name = modelName?.name;
  if (name === "spapr-pci-host-bridge") {
    // The first is there without being asked for.
    if (target?.index === undefined || target.index === 0) return;
    const { index, node } = target;
    line.option(PciHostBridge, { driver: name, index, id: aliasOf(controller), numa_node: node });
    return;
  }
  if (model === "pci-root" || model === "pcie-root") {
    if (model === "pci-root" && controller.index === 0 && target?.hotplug !== undefined) {
      line.add("-global", `PIIX4_PM.acpi-root-pci-hotplug=${target.hotplug ? "on" : "off"}`);
    }
    return;
  }
  if (name === undefined) return;
  const { bus, multifunction, addr } = buses.props(controller);
  const place = { id: aliasOf(controller), bus, multifunction, addr };
  switch (name) {
    case "pci-bridge":
      line.option(PciController, { driver: name, chassis_nr: target?.chassisNr, ...place });
      return;
    case "pxb":
    case "pxb-pcie":
      line.option(PciController, { driver: name, bus_nr: target?.busNr, numa_node: target?.node, ...place });
      return;
    case "i82801b11-bridge":
    case "pcie-pci-bridge":
    case "x3130-upstream":
      line.option(PciController, { driver: name, ...place });
      return;
    case "ioh3420":
    case "pcie-root-port":
    case "xio3130-downstream":
      line.option(PciController, {
        driver: name,
        port: target?.port,
        chassis: target?.chassis,
        ...place,
        hotplug: target?.hotplug,
      });
      return;
    case "none":
      throw virtError(ErrorCode.configUnsupported, `wrong function called for pci-root/pcie-root`);
  }
}

/** The size, in KiB, of the 64-bit hole of the board's own bus. */
function writePciHole(line: CommandWriter, { model, pcihole64 }: Controller): void {
  if (model !== "pci-root" && model !== "pcie-root") {
    throw virtError(ErrorCode.internalError, "64-bit PCI hole setting is only for root PCI controllers");
  }
  const driver = model === "pci-root" ? "i440FX-pcihost" : "q35-pcihost";
  line.add("-global", `${driver}.pci-hole64-size=${pcihole64}K`);
}

/** QEMU's devices for libvirt's models of USB controllers. */
export const usbDrivers = {
  "piix3-uhci": "piix3-usb-uhci",
  "piix4-uhci": "piix4-usb-uhci",
  ehci: "usb-ehci",
  "ich9-ehci1": "ich9-usb-ehci1",
  "ich9-uhci1": "ich9-usb-uhci1",
  "ich9-uhci2": "ich9-usb-uhci2",
  "ich9-uhci3": "ich9-usb-uhci3",
  "vt82c686b-uhci": "vt82c686b-usb-uhci",
  "pci-ohci": "pci-ohci",
  "nec-xhci": "nec-usb-xhci",
  "qemu-xhci": "qemu-xhci",
} as const;

/** What not every QEMU has, by model. */
const usbFlags = {
  "piix3-uhci": "piix3-usb-uhci",
  "piix4-uhci": "piix4-usb-uhci",
  ehci: "usb-ehci",
  "ich9-ehci1": "ich9-usb-ehci1",
  "ich9-uhci1": "ich9-usb-ehci1",
  "ich9-uhci2": "ich9-usb-ehci1",
  "ich9-uhci3": "ich9-usb-ehci1",
  "vt82c686b-uhci": "vt82c686b-usb-uhci",
  "pci-ohci": "pci-ohci",
  "nec-xhci": "nec-usb-xhci",
  "qemu-xhci": "qemu-xhci",
} as const satisfies Record<keyof typeof usbDrivers, CapabilityFlag>;

function isUsbModel(model: string): model is keyof typeof usbDrivers {
  return Object.hasOwn(usbDrivers, model);
}

function writeUsb(line: CommandWriter, controller: Controller, buses: Buses): void {
  const { model = "", master, ports } = controller;
  if (!isUsbModel(model)) throw virtError(ErrorCode.configUnsupported, "no model provided for USB controller");
  if (!line.has(usbFlags[model])) {
    throw virtError(ErrorCode.configUnsupported, `USB controller model '${model}' not supported in this QEMU binary`);
  }
  if (ports !== undefined && model !== "nec-xhci" && model !== "qemu-xhci") {
    throw virtError(
      ErrorCode.configUnsupported,
      `usb controller type '${model}' doesn't support 'ports' with this QEMU binary`,
    );
  }
  line.option(UsbController, {
    driver: usbDrivers[model],
    p2: ports,
    p3: ports,
    ...(master
      ? { masterbus: `${buses.alias("usb", controller.index ?? 0)}.0`, firstport: master.startport }
      : { id: aliasOf(controller) }),
    ...buses.props(controller),
  });
}

/** QEMU's devices for libvirt's models of SCSI controllers. */
export const scsiDrivers = {
  lsilogic: "lsi",
  lsisas1068: "mptsas1068",
  lsisas1078: "megasas",
  vmpvscsi: "pvscsi",
  am53c974: "am53c974",
  dc390: "dc-390",
  ibmvscsi: "spapr-vscsi",
} as const;

function isScsiModel(model: string): model is keyof typeof scsiDrivers {
  return Object.hasOwn(scsiDrivers, model);
}

function writeScsi(line: CommandWriter, controller: Controller, buses: Buses): void {
  const { model = "", address, driver } = controller;
  if (isScsiModel(model)) {
    line.option(ScsiController, { driver: scsiDrivers[model], id: aliasOf(controller), ...buses.props(controller) });
    return;
  }
  if (!model.startsWith("virtio")) {
    throw virtError(ErrorCode.configUnsupported, `Unsupported controller model: ${model}`);
  }
  line.option(VirtioScsiController, {
    driver: virtioDriver("virtio-scsi", address, model),
    ...virtioProps(driver),
    iothread: driver?.iothread === undefined ? undefined : `iothread${driver.iothread}`,
    id: aliasOf(controller),
    num_queues: driver?.queues,
    cmd_per_lun: driver?.cmdPerLun,
    max_sectors: driver?.maxSectors,
    ioeventfd: driver?.ioeventfd,
    ...buses.props(controller),
  });
}
