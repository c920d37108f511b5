import { setTimeout as wait } from "node:timers/promises";
import { ErrorCode, virtError } from "@tsvirt/base";
import { hasErrno } from "../errors.ts";
import type { ControlFiles } from "./control-files.ts";
import { type Controller, type ControllerPlace, type ControlMounts, controllers } from "./controllers.ts";

/** How often, and after how many milliseconds, a group is tried again whose last process is still on its way out. */
const REMOVE_TRIES = 20;
const REMOVE_WAIT = 25;

/** Controllers that can tell the threads of one process apart. */
const threaded: readonly Controller[] = ["cpu", "cpuacct", "cpuset"];

/** One control group: a directory in each hierarchy that it uses. */
export class ControlGroup {
  readonly files: ControlFiles;
  readonly places: ReadonlyMap<Controller, ControllerPlace>;

  constructor(files: ControlFiles, places: ReadonlyMap<Controller, ControllerPlace>) {
    this.files = files;
    this.places = places;
  }

  has(controller: Controller): boolean {
    return this.places.has(controller);
  }

  /** The version by whose rules a controller goes. Throws libvirt's text when it is not used. */
  version(controller: Controller): 1 | 2 {
    return this.#place(controller).version;
  }

  /** The path of a controller's file. */
  path(controller: Controller, file: string): string {
    return `${this.#place(controller).path}/${file}`;
  }

  /** A controller's file as text, without the end of the line; `undefined` when the kernel has none of that name. */
  async read(controller: Controller, file: string): Promise<string | undefined> {
    return (await this.files.read(this.path(controller, file)))?.trimEnd();
  }

  /** As {@link read}; throws libvirt's error when it is not there. */
  async require(controller: Controller, file: string): Promise<string> {
    const text = await this.read(controller, file);
    if (text !== undefined) return text;
    throw virtError(
      ErrorCode.systemError,
      `Unable to read from '${this.path(controller, file)}': No such file or directory`,
    );
  }

  async write(controller: Controller, file: string, text: string): Promise<void> {
    await this.files.write(this.path(controller, file), text);
  }

  /** Moves a process with all its threads here. */
  async addProcess(pid: number): Promise<void> {
    for (const path of this.#directories()) await this.files.write(`${path}/cgroup.procs`, String(pid));
  }

  /** Moves one thread here; the group must have been made by {@link makeThreadGroup}. */
  async addThread(tid: number): Promise<void> {
    for (const { version, path } of this.places.values()) {
      await this.files.write(`${path}/${version === 1 ? "tasks" : "cgroup.threads"}`, String(tid));
    }
  }

  /** The group of some of the processes' threads below this one, whether or not it was made. */
  threadGroup(name: string): ControlGroup {
    const places = new Map<Controller, ControllerPlace>();
    for (const controller of threaded) {
      const place = this.places.get(controller);
      if (place) places.set(controller, { ...place, path: `${place.path}/${name}` });
    }
    return new ControlGroup(this.files, places);
  }

  /** As {@link threadGroup}, and makes it. */
  async makeThreadGroup(name: string): Promise<ControlGroup> {
    const group = this.threadGroup(name);
    for (const [controller, { version, path }] of group.places) {
      const parent = this.#place(controller).path;
      const isNew = await this.files.makeDirectory(path);
      if (version === 1) {
        if (controller === "cpuset" && isNew) await inheritCpuset(this.files, parent, path);
        continue;
      }
      if (isNew) await this.files.write(`${path}/cgroup.type`, "threaded");
      if (controller !== "cpuacct") await enable(this.files, parent, controller);
    }
    return group;
  }

  /** Removes the group and all below it, which have no processes any more or are about to have none. */
  async remove(): Promise<void> {
    for (const path of this.#directories()) await removeTree(this.files, path);
  }

  #place(controller: Controller): ControllerPlace {
    const place = this.places.get(controller);
    if (place) return place;
    throw virtError(ErrorCode.systemError, `Controller '${controller}' is not mounted: No such device or address`);
  }

  #directories(): ReadonlySet<string> {
    return new Set([...this.places.values()].map(({ path }) => path));
  }
}

/** What {@link makeControlGroup} made, and what of the wish it could not. */
export interface MadeGroup {
  readonly group: ControlGroup;
  readonly missing: ReadonlyMap<Controller, Error>;
}

/**
 * Makes a group, and those above it, in every wanted hierarchy. Where we may not, the controller is left out, as when it
 * were not mounted.
 */
export async function makeControlGroup(
  files: ControlFiles,
  mounts: ControlMounts,
  wanted: ReadonlySet<Controller>,
  steps: (controller: Controller) => readonly string[],
): Promise<MadeGroup> {
  const places = new Map<Controller, ControllerPlace>();
  const missing = new Map<Controller, Error>();
  for (const controller of controllers) {
    const root = mounts.places.get(controller);
    if (!root || !wanted.has(controller)) continue;
    try {
      let { path } = root;
      for (const step of steps(controller)) {
        const parent = path;
        path = `${parent}/${step}`;
        if (root.version === 2) await enableUnlessOurs(files, parent, controller);
        const isNew = await files.makeDirectory(path);
        if (isNew && root.version === 1 && controller === "cpuset") await inheritCpuset(files, parent, path);
      }
      places.set(controller, { ...root, path });
    } catch (error) {
      if (!hasErrno(error, "EPERM", "EACCES", "EROFS", "ENOENT", "EINVAL", "EBUSY") || !(error instanceof Error)) {
        throw error;
      }
      missing.set(controller, error);
    }
  }
  return { group: new ControlGroup(files, places), missing };
}

/** The group that {@link makeControlGroup} made before, as far as it is still there. */
export async function findControlGroup(
  files: ControlFiles,
  mounts: ControlMounts,
  steps: (controller: Controller) => readonly string[],
): Promise<ControlGroup> {
  const places = new Map<Controller, ControllerPlace>();
  for (const [controller, root] of mounts.places) {
    const path = [root.path, ...steps(controller)].join("/");
    if ((await files.read(`${path}/cgroup.procs`)) !== undefined) places.set(controller, { ...root, path });
  }
  return new ControlGroup(files, places);
}

/** Version 1 gives a new group no CPUs and no memory at all. */
async function inheritCpuset(files: ControlFiles, parent: string, path: string): Promise<void> {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const own = (await files.read(`${path}/${file}`))?.trim() ?? "";
    const theirs = (await files.read(`${parent}/${file}`))?.trim() ?? "";
    if (own === "" && theirs !== "") await files.write(`${path}/${file}`, theirs);
  }
}

async function enable(files: ControlFiles, path: string, controller: Controller): Promise<void> {
  const name = controller === "blkio" ? "io" : controller;
  const enabled = (await files.read(`${path}/cgroup.subtree_control`))?.trim().split(" ") ?? [];
  if (!enabled.includes(name)) await files.write(`${path}/cgroup.subtree_control`, `+${name}`);
}

/** Devices and freezing need no enabling in version 2, and CPU time is always counted. */
async function enableUnlessOurs(files: ControlFiles, path: string, controller: Controller): Promise<void> {
  if (controller === "devices" || controller === "freezer" || controller === "cpuacct") return;
  await enable(files, path, controller);
}

async function removeTree(files: ControlFiles, path: string): Promise<void> {
  for (const name of await files.directories(path)) await removeTree(files, `${path}/${name}`);
  for (let tries = 1; ; tries++) {
    try {
      await files.removeDirectory(path);
      return;
    } catch (error) {
      if (!hasErrno(error, "EBUSY") || tries === REMOVE_TRIES) throw error;
    }
    await wait(REMOVE_WAIT);
  }
}
