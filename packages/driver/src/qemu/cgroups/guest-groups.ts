import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import {
  type ControlGroup,
  type Controller,
  type ControlMounts,
  changeDevices,
  controllers,
  findControlGroup,
  findControlMounts,
  hasErrno,
  makeControlGroup,
  restrictDevices,
  unifiedMount,
} from "@tsvirt/host";
import type { Disk } from "@tsvirt/model/domain";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { deviceRules } from "./device-access.ts";
import { type GroupPath, groupPath } from "./names.ts";
import { applyGroupTuning, applyThreadTuning } from "./start-tuning.ts";

/** Where control groups are now; `undefined` in a session, which has none to give. */
async function findMounts(driver: QemuDriver): Promise<ControlMounts | undefined> {
  if (!driver.privileged) return undefined;
  const { controlFiles } = driver.host;
  const mounts = await controlFiles.read("/proc/mounts");
  if (mounts === undefined) return undefined;
  const unified = unifiedMount(mounts);
  const [self, offered] = await Promise.all([
    controlFiles.read("/proc/self/cgroup"),
    unified === undefined ? undefined : controlFiles.read(`${unified}/cgroup.controllers`),
  ]);
  const found = findControlMounts(mounts, self ?? "", offered ?? "");
  return found.places.size > 0 ? found : undefined;
}

/** The controllers that guests may get: those of qemu.conf, or all. */
function wantedControllers(driver: QemuDriver): ReadonlySet<Controller> {
  const chosen = driver.settings.cgroup_controllers;
  return new Set(chosen === undefined ? controllers : controllers.filter((each) => chosen.includes(each)));
}

function pathOfGuest(mounts: ControlMounts, guest: Guest, live: LiveGuest, controller: Controller): GroupPath {
  const { partition } = live.domain.resource ?? {};
  const placement = mounts.placements.get(controller) ?? "/";
  return groupPath({ id: guest.id, name: guest.name, partition }, mounts.layout, placement);
}

/**
 * Puts a process that is about to become a guest's QEMU into control groups of the guest's own, with everything the document
 * wants of them. Where a controller cannot be used the guest goes without, unless the document needs it: throws libvirt's
 * refusal then. The groups are removed at the guest's end.
 */
export async function placeInGroups(driver: QemuDriver, guest: Guest, live: LiveGuest, pid: number): Promise<void> {
  live.group = await makeGroup(driver, guest, live);
  const { group } = live;
  if (group) {
    live.holdings.add(() => group.remove());
    if (group.has("devices")) await confineDevices(driver, guest, live, group);
  }
  await applyGroupTuning(driver, live);
  await group?.addProcess(pid);
  await applyThreadTuning(driver, live, { kind: "emulator", tid: pid });
}

async function makeGroup(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<ControlGroup | undefined> {
  const mounts = await findMounts(driver);
  if (!mounts) return undefined;
  const { controlFiles } = driver.host;
  await requirePartition(driver, mounts, guest, live);
  const { group, missing } = await makeControlGroup(controlFiles, mounts, wantedControllers(driver), (controller) => {
    const { partition, name } = pathOfGuest(mounts, guest, live, controller);
    return [...partition, name];
  });
  for (const [controller, error] of missing) {
    driver.log.warn("control group not made", { domain: guest.name, controller, error: error.message });
  }
  return group.places.size > 0 ? group : undefined;
}

/** Partitions but the usual one are the administrator's: libvirt does not make them. */
async function requirePartition(
  driver: QemuDriver,
  mounts: ControlMounts,
  guest: Guest,
  live: LiveGuest,
): Promise<void> {
  for (const [controller, { version, path: root }] of mounts.places) {
    const { partition, mayMakePartition } = pathOfGuest(mounts, guest, live, controller);
    if (mayMakePartition) continue;
    const path = [root, ...partition].join("/");
    if ((await driver.host.controlFiles.read(`${path}/cgroup.procs`)) !== undefined) continue;
    throw virtError(
      ErrorCode.systemError,
      `Failed to create v${version} controller ${controller} for group: No such file or directory`,
      { hint: `Make the directory ${path}, or change the guest's <resource><partition>.` },
    );
  }
}

async function confineDevices(driver: QemuDriver, guest: Guest, live: LiveGuest, group: ControlGroup): Promise<void> {
  const rules = await deviceRules(driver, live.domain);
  try {
    await restrictDevices(group, rules);
    live.deviceRules = rules;
  } catch (error) {
    // In a container, or with a kernel without such programs: libvirt goes on without the list, and says so.
    if (!hasErrno(error, "EPERM", "ENOSYS", "EINVAL") || !(error instanceof Error)) throw error;
    driver.log.warn("Group devices ACL is not accessible, disabling filtering", {
      domain: guest.name,
      error: error.message,
    });
  }
}

/**
 * Brings the list of devices up to what the guest's document names now, and the disk that is about to be plugged in: before
 * a device comes, after one went, or when it did not come after all.
 */
export async function refreshDevices(driver: QemuDriver, guest: Guest, live: LiveGuest, coming?: Disk): Promise<void> {
  const { group, deviceRules: before } = live;
  if (!group || !before || !guest.isActive) return;
  const { devices } = live.domain;
  const domain =
    coming && devices ? { ...live.domain, devices: { ...devices, disks: [...devices.disks, coming] } } : live.domain;
  const after = await deviceRules(driver, domain);
  live.deviceRules = after;
  try {
    await changeDevices(group, before, after);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("devices of a control group not changed", { domain: guest.name, error: error.message });
  }
}

/** The groups of a guest that another daemon started. They are removed at its end as our own would be. */
export async function readoptGroups(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const mounts = await findMounts(driver);
  if (!mounts || guest.live !== live) return;
  const group = await findControlGroup(driver.host.controlFiles, mounts, (controller) => {
    const { partition, name } = pathOfGuest(mounts, guest, live, controller);
    return [...partition, name];
  });
  if (group.places.size === 0) return;
  live.group = group;
  live.holdings.add(() => group.remove());
  if (group.has("devices")) live.deviceRules = await deviceRules(driver, live.domain);
}
