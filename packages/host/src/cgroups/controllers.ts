/** What control groups can control, by the kernel's names of version 1; `blkio` is `io` in version 2. */
export const controllers = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio"] as const;
/** One of {@link controllers}. */
export type Controller = (typeof controllers)[number];

/** The directory of one controller's hierarchy, and by which version's rules it goes. */
export interface ControllerPlace {
  readonly version: 1 | 2;
  readonly path: string;
}

/** How guests' groups are called: libvirt's own way, or that of its first releases, kept where they are mounted. */
export type GroupLayout = "machine" | "libvirt";

/** Where control groups are on a machine. */
export interface ControlMounts {
  /** The root of each hierarchy, by controller. */
  readonly places: ReadonlyMap<Controller, ControllerPlace>;
  readonly layout: GroupLayout;
  /** The group that we are in ourselves, by controller: an absolute path below the root. */
  readonly placements: ReadonlyMap<Controller, string>;
}

/** The place where administrators of libvirt 0.9's time were told to mount control groups. */
const FIRST_MOUNT = "/dev/cgroup";

interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

/**
 * Finds the hierarchies in the text of `/proc/mounts`, and our own groups in that of `/proc/self/cgroup`. `unified` are the
 * controllers of the version 2 hierarchy, as its `cgroup.controllers` lists them. A hierarchy at `/dev/cgroup` counts before
 * another mount of the same, and brings its time's layout with it.
 */
export function findControlMounts(mounts: string, self: string, unified: string): ControlMounts {
  const all = parseMounts(mounts);
  const places = new Map<Controller, ControllerPlace>();
  let layout: GroupLayout = "machine";
  for (const { path, type, options } of all) {
    if (type !== "cgroup") continue;
    const isFirst = path === FIRST_MOUNT || path.startsWith(`${FIRST_MOUNT}/`);
    for (const controller of controllers) {
      if (!options.includes(controller) || (places.has(controller) && !isFirst)) continue;
      places.set(controller, { version: 1, path });
      if (isFirst) layout = "libvirt";
    }
  }
  const second = unifiedMount(mounts);
  if (second !== undefined) {
    const offered = unified.split(/\s+/);
    const place = { version: 2, path: second } as const;
    for (const controller of controllers) {
      if (!places.has(controller) && offersInV2(controller, offered, places.size === 0)) places.set(controller, place);
    }
  }
  return { places, layout, placements: parsePlacements(self, places) };
}

/** Where the version 2 hierarchy is mounted, if anywhere. */
export function unifiedMount(mounts: string): string | undefined {
  return parseMounts(mounts).find(({ type }) => type === "cgroup2")?.path;
}

/** CPU time is counted in every group; devices are decided on by programs, where no other hierarchy does. */
function offersInV2(controller: Controller, offered: readonly string[], isAlone: boolean): boolean {
  switch (controller) {
    case "cpuacct":
      return offered.includes("cpu");
    case "blkio":
      return offered.includes("io");
    case "devices":
    case "freezer":
      return isAlone || offered.includes("cpu");
    default:
      return offered.includes(controller);
  }
}

function parseMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, path, type, options] = line.split(" ");
    if (path === undefined || type === undefined || options === undefined) return [];
    return [{ path: unescapeMount(path), type, options: options.split(",") }];
  });
}

/** Blanks and such are octal in `/proc/mounts`. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function parsePlacements(text: string, places: ReadonlyMap<Controller, ControllerPlace>): Map<Controller, string> {
  const found = new Map<Controller, string>();
  for (const line of text.split("\n")) {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (!match) continue;
    const [, id, names = "", path = "/"] = match;
    for (const controller of controllers) {
      const { version } = places.get(controller) ?? {};
      if (version === 2 ? id === "0" : names.split(",").includes(controller)) found.set(controller, path);
    }
  }
  return found;
}
