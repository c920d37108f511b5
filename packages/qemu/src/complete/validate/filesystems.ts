import type { Filesystem } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { checked, type Refuse } from "./refuse.ts";

/** What QEMU cannot do with a shared directory (`qemuValidateDomainDeviceDefFS`). */
export function validateFilesystem(state: Completing, filesystem: Filesystem): void {
  const { caps } = state;
  checked(state, filesystem, (refuse) => {
    const { type, driver, multidevs, accessmode, fmode, dmode, binary } = filesystem;
    if (type !== "mount") refuse("only supports mount filesystem type");
    if ((filesystem.spaceHardLimit ?? 0) > 0 || (filesystem.spaceSoftLimit ?? 0) > 0) {
      refuse("filesystem usage limits are not supported with QEMU");
    }
    const severalDevices = multidevs !== undefined && multidevs !== "default";
    if (severalDevices && !caps.has("fsdev.multidevs")) refuse("multidevs is not supported with this QEMU binary");
    const modes = [fmode, dmode].some((mode) => mode !== undefined && Number.parseInt(mode, 8) !== 0);
    if (modes && accessmode !== "mapped") refuse("fmode and dmode must be used with accessmode=mapped");
    if (driver?.type !== "virtiofs" && binary?.sandbox !== undefined) {
      refuse("sandbox can only be used with driver=virtiofs");
    }
    switch (driver?.type) {
      case "handle":
        if (accessmode !== "passthrough") refuse("only supports passthrough accessmode");
        return;
      case "loop":
      case "nbd":
      case "ploop":
        return refuse("Filesystem driver type not supported");
      case "virtiofs":
        if (severalDevices) refuse("virtiofs does not support multidevs");
        if (modes) refuse("virtiofs does not support fmode and dmode");
        return checkVirtiofs(state, filesystem, refuse);
      default:
    }
  });
}

function checkVirtiofs(state: Completing, filesystem: Filesystem, refuse: Refuse): void {
  const { caps, facts } = state;
  const { driver, readonly, accessmode, model, boot } = filesystem;
  if (filesystem.source?.socket === undefined) {
    if (readonly) refuse("virtiofs does not yet support read-only mode");
    if (!facts.privileged) refuse("virtiofs is not yet supported in session mode");
    if ((accessmode ?? "passthrough") !== "passthrough") refuse("virtiofs only supports passthrough accessmode");
    if (driver?.wrpolicy !== undefined) refuse("virtiofs does not support wrpolicy");
  }
  if (readonly) refuse("virtiofs does not support read-only access");
  if (model !== undefined) refuse("virtiofs does not support model");
  if (driver?.format !== undefined && driver.format !== "none") refuse("virtiofs does not support format");
  if (!caps.has("vhost-user-fs")) refuse("virtiofs is not supported with this QEMU binary");
  checkSharedMemory(state, "virtiofs", refuse);
  if (boot && !caps.has("vhost-user-fs.bootindex")) {
    refuse("setting virtiofs boot order is not supported with this QEMU binary");
  }
}

/** Another process sees the guest's memory only if it is shared. */
export function checkSharedMemory({ domain }: Completing, what: string, refuse: Refuse): void {
  const shared = domain.memoryBacking?.access === "shared";
  const cells = domain.cpu?.numa?.cells ?? [];
  const all =
    cells.length === 0
      ? shared
      : cells.every(({ memAccess }) => memAccess === "shared" || (memAccess === undefined && shared));
  if (!all) refuse(`'${what}' requires shared memory`);
}
