import { ErrorCode, virtError } from "@tsvirt/base";
import type { Hostdev, Interface } from "@tsvirt/model/domain";
import { aliasOf, type Buses, romProps } from "./address.ts";
import { sourceOptions } from "./blockdev-source.ts";
import { writeSecret } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import { Blockdev } from "./declarations/backends.ts";
import { ScsiDevice } from "./declarations/disk-devices.ts";
import { UsbHostDevice, VfioDevice, VhostScsiDevice } from "./declarations/misc-devices.ts";
import { checkActual } from "./interfaces.ts";
import { virtioDriver } from "./virtio.ts";

/** Writes a device of the host. */
export function writeHostdev(line: CommandWriter, hostdev: Hostdev, buses: Buses, nextNode: () => number): void {
  // Kept from the host, but not given to the guest.
  if (hostdev.address?.type === "unassigned") return;
  if (hostdev.mode !== "subsystem")
    throw virtError(ErrorCode.configUnsupported, "hostdev mode 'capabilities' not supported");
  switch (hostdev.type) {
    case "usb":
      writeUsb(line, hostdev, buses);
      return;
    case "pci":
      writePci(line, hostdev, buses);
      return;
    case "mdev":
      writeMdev(line, hostdev, buses);
      return;
    case "scsi":
      writeScsi(line, hostdev, buses, nextNode());
      return;
    case "scsi_host":
      writeScsiHost(line, hostdev, buses);
      return;
    default:
  }
}

function writeUsb(line: CommandWriter, hostdev: Hostdev, buses: Buses): void {
  const { address: given, guestReset } = hostdev.source ?? {};
  const address = given !== undefined && "device" in given ? given : undefined;
  const usb = address && "device" in address ? address : undefined;
  const missing = hostdev.source?.missing === true;
  if (!missing && !usb?.bus && !usb?.device) {
    throw virtError(ErrorCode.internalError, "USB host device is missing bus/device information");
  }
  const pad = (value: number | undefined): string => String(value ?? 0).padStart(3, "0");
  const byPath = line.has("usb-host.hostdevice");
  line.option(UsbHostDevice, {
    driver: "usb-host",
    hostdevice: byPath && !missing ? `/dev/bus/usb/${pad(usb?.bus)}/${pad(usb?.device)}` : undefined,
    hostbus: byPath || missing ? undefined : usb?.bus,
    hostaddr: byPath || missing ? undefined : usb?.device,
    id: aliasOf(hostdev),
    bootindex: hostdev.boot?.order,
    "guest-reset": guestReset === undefined ? undefined : guestReset !== "off",
    "guest-resets-all": guestReset === undefined ? undefined : guestReset === "on",
    ...buses.props(hostdev),
  });
}

function hostPci(hostdev: Hostdev): string {
  const address = hostdev.source?.address;
  const {
    domain,
    bus,
    slot,
    function: fn,
  } = address !== undefined && "slot" in address ? address : { domain: 0, bus: 0, slot: 0, function: 0 };
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`;
}

function writePci(line: CommandWriter, hostdev: Hostdev, buses: Buses): void {
  line.option(VfioDevice, {
    driver: "vfio-pci",
    host: hostPci(hostdev),
    id: aliasOf(hostdev),
    bootindex: hostdev.boot?.order,
    failover_pair_id: hostdev.teaming?.type === "transient" ? hostdev.teaming.persistent : undefined,
    ...buses.props(hostdev),
    ...romProps(hostdev),
  });
}

/** Writes a network card of the host that is given to the guest. */
export function writeHostNic(line: CommandWriter, nic: Interface, buses: Buses, bootindex: number | undefined): void {
  checkActual(nic);
  const { domain, bus, slot, function: fn } = nic.source?.hostAddress ?? { domain: 0, bus: 0, slot: 0, function: 0 };
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
  line.option(VfioDevice, {
    driver: "vfio-pci",
    host: `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`,
    id: aliasOf(nic),
    bootindex,
    failover_pair_id: nic.teaming?.type === "transient" ? nic.teaming.persistent : undefined,
    ...buses.props(nic),
    ...romProps(nic),
  });
}

function writeMdev(line: CommandWriter, hostdev: Hostdev, buses: Buses): void {
  const model = hostdev.model ?? "vfio-pci";
  const drivers = { "vfio-pci": "vfio-pci", "vfio-ccw": "vfio-ccw", "vfio-ap": "vfio-ap" } as const;
  const driver = model in drivers ? drivers[model as keyof typeof drivers] : "vfio-pci";
  const onOff = (value: boolean | undefined): string | undefined =>
    value === undefined ? undefined : value ? "on" : "off";
  const address = hostdev.source?.address;
  line.option(VfioDevice, {
    driver: hostdev.ramfb === true ? "vfio-pci-nohotplug" : driver,
    id: aliasOf(hostdev),
    sysfsdev: `/sys/bus/mdev/devices/${address !== undefined && "uuid" in address ? address.uuid : ""}`,
    display: onOff(hostdev.display),
    ramfb: hostdev.ramfb === true ? true : undefined,
    bootindex: hostdev.boot?.order,
    ...buses.props(hostdev),
  });
}

function writeScsi(line: CommandWriter, hostdev: Hostdev, buses: Buses, index: number): void {
  const alias = aliasOf(hostdev);
  const { source } = hostdev;
  const node = `libvirt-${index}-backend`;
  if (source?.protocol === "iscsi") {
    let authSecret: string | undefined;
    if (source.auth?.secret) {
      authSecret = `${node}-secret0`;
      writeSecret(line, authSecret, { type: "iscsi", uuid: source.auth.secret.uuid, usage: source.auth.secret.usage });
    }
    const { driver, ...rest } = sourceOptions(
      {
        protocol: "iscsi",
        name: source.name ?? "",
        hosts: source.host ? [source.host] : [],
        seclabels: [],
        ...(source.auth && { auth: source.auth }),
        ...(source.initiator && { initiator: source.initiator }),
      },
      { type: "network", format: "raw", readonly: false, floppy: false, hostCdrom: false, authSecret },
    );
    line.option(Blockdev, { driver: String(driver), "node-name": node, "read-only": hostdev.readonly === true, rest });
  } else {
    const filename = line.context.scsiGenericPath(hostdev);
    line.option(Blockdev, {
      driver: "host_device",
      "node-name": node,
      "read-only": hostdev.readonly === true,
      rest: { filename },
    });
  }
  const place = hostdev.address?.type === "drive" ? hostdev.address : undefined;
  const controller = place?.controller ?? 0;
  const simple = buses.isSimpleScsi(controller);
  line.option(ScsiDevice, {
    driver: "scsi-generic",
    bus: `${buses.alias("scsi", controller)}.0`,
    channel: simple ? undefined : (place?.bus ?? 0),
    "scsi-id": simple ? (place?.unit ?? 0) : (place?.target ?? 0),
    lun: simple ? undefined : (place?.unit ?? 0),
    drive: node,
    id: alias,
    bootindex: hostdev.boot?.order,
  });
}

function writeScsiHost(line: CommandWriter, hostdev: Hostdev, buses: Buses): void {
  const alias = aliasOf(hostdev);
  const fd = line.context.otherFd(alias);
  if (fd === undefined) throw virtError(ErrorCode.internalError, "no vhost-scsi descriptor for the host device");
  line.option(VhostScsiDevice, {
    driver: virtioDriver("vhost-scsi", hostdev.address, hostdev.model),
    wwpn: hostdev.source?.wwpn ?? "",
    vhostfd: line.fd(fd),
    id: alias,
    ...buses.props(hostdev),
  });
}
