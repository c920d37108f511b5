import type { Controller } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";
import { hasIothread } from "./disks.ts";
import { validatePciController } from "./pci-controllers.ts";
import { checked, type Refuse } from "./refuse.ts";

/** What QEMU cannot do with a controller (`qemuValidateDomainDeviceDefController`). USB is checked when QEMU is started. */
export function validateController(state: Completing, controller: Controller): void {
  checked(state, controller, (refuse) => {
    if (controller.type === "scsi") checkScsiModel(state, controller, refuse);
    checkDriver(controller, refuse);
    switch (controller.type) {
      case "ide":
        return checkIde(state, controller, refuse);
      case "scsi":
        return checkScsi(state, controller, refuse);
      case "pci":
        return validatePciController(state, controller);
      case "sata":
        if ((controller.index !== 0 || !state.board.isQ35) && !state.caps.has("ich9-ahci")) {
          refuse("SATA is not supported with this QEMU binary");
        }
        return;
      default:
    }
  });
}

function checkIde({ board }: Completing, { index }: Controller, refuse: Refuse): void {
  if (index === 0 && board.hasIde) return;
  refuse(
    board.hasIde
      ? "Only a single IDE controller is supported for this machine type"
      : "IDE controllers are unsupported for this QEMU binary or machine type",
  );
}

/** QEMU's adapters that not every QEMU has, and what libvirt calls them. ESP ones are let through: QEMU says it. */
const scsiModels: Readonly<Record<string, readonly [flag: CapabilityFlag, name: string]>> = {
  lsilogic: ["lsi", "the LSI 53C895A SCSI controller"],
  "virtio-scsi": ["virtio-scsi-pci", "virtio scsi controller"],
  "virtio-transitional": ["virtio-scsi-pci", "virtio scsi controller"],
  "virtio-non-transitional": ["virtio-scsi-pci", "virtio scsi controller"],
  lsisas1068: ["mptsas1068", "the LSI SAS1068 (MPT Fusion) controller"],
  lsisas1078: ["megasas", "the LSI SAS1078 (MegaRAID) controller"],
  vmpvscsi: ["pvscsi", "the pvscsi (VMware paravirtual SCSI) controller"],
};

function checkScsiModel({ caps }: Completing, { model = "" }: Controller, refuse: Refuse): void {
  if (model === "auto" || model === "buslogic") refuse(`Unsupported controller model: ${model}`);
  const [flag, name] = scsiModels[model] ?? [];
  if (flag !== undefined && !caps.has(flag)) refuse(`This QEMU doesn't support ${name}`);
}

function isVirtioScsi({ type, model }: Controller): boolean {
  return type === "scsi" && model?.startsWith("virtio") === true;
}

function checkDriver(controller: Controller, refuse: Refuse): void {
  const { driver } = controller;
  if (!driver || isVirtioScsi(controller)) return;
  const given: readonly (readonly [name: string, isSet: boolean])[] = [
    ["queues", (driver.queues ?? 0) > 0],
    ["cmd_per_lun", (driver.cmdPerLun ?? 0) > 0],
    ["max_sectors", (driver.maxSectors ?? 0) > 0],
    ["ioeventfd", driver.ioeventfd !== undefined],
  ];
  for (const [name, isSet] of given) if (isSet) refuse(`'${name}' is only supported by virtio-scsi controller`);
  if ((driver.iothread ?? 0) > 0) refuse("'iothread' is only supported for virtio-scsi controller");
}

function checkScsi({ domain, board }: Completing, controller: Controller, refuse: Refuse): void {
  const { model, index, address, driver } = controller;
  if (isVirtioScsi(controller)) {
    const iothread = driver?.iothread ?? 0;
    if (iothread === 0) return;
    if (address && address.type !== "pci" && address.type !== "ccw") {
      refuse("virtio-scsi IOThreads only available for virtio pci and virtio ccw controllers");
    }
    if (!hasIothread(domain, iothread)) refuse(`controller iothread '${iothread}' not defined in iothreadid`);
  } else if (model === "ncr53c90") {
    if (index !== 0) refuse("ncr53c90 can only be used as first SCSI controller");
    if (!board.hasEsp) refuse("ncr53c90 SCSI controller is not a built-in for this machine");
  }
}
