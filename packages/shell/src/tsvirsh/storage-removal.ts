import { type Domain, DomainXmlFlags, StorageVolDeleteFlags, type StorageVolRef, VirtError } from "@tsvirt/client";
import { parseXml } from "@tsvirt/codec/xml";
import { CommandFailed } from "../vsh/errors.ts";
import { attempt, type Shell } from "../vsh/shell.ts";
import { attributeOf, elementsAt } from "./xml-paths.ts";

/** A disk's volume and how messages name it. */
interface DiskVolume {
  readonly target: string;
  readonly source: string;
  readonly volume: StorageVolRef;
}

/** The volumes of a guest's disks that are to go with it: those of a list of targets or sources, or all. */
export async function storageToRemove(
  shell: Shell,
  domain: Domain,
  list: string | undefined,
  all: boolean,
): Promise<readonly DiskVolume[]> {
  const { remote } = shell.connection;
  const root = parseXml(await domain.getXmlDesc({ flags: DomainXmlFlags.inactive }));
  const wanted = new Set(list?.split(",").filter((name) => name !== "") ?? []);
  const found: DiskVolume[] = [];
  for (const disk of elementsAt(root, "devices/disk")) {
    const target = attributeOf(disk, "target", "dev") ?? "";
    const pool = attributeOf(disk, "source", "pool");
    const volumeName = attributeOf(disk, "source", "volume");
    const source =
      attributeOf(disk, "source", "file") ?? attributeOf(disk, "source", "dev") ?? attributeOf(disk, "source", "name");
    if (source === undefined && volumeName === undefined) continue;
    const shown = source ?? volumeName ?? "";
    if (!all && !wanted.delete(target) && !wanted.delete(shown)) continue;
    try {
      const { vol } =
        pool !== undefined && volumeName !== undefined
          ? await remote.storageVolLookupByName({
              pool: (await remote.storagePoolLookupByName({ name: pool })).pool,
              name: volumeName,
            })
          : await remote.storageVolLookupByPath({ path: shown });
      found.push({ target, source: shown, volume: vol });
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      shell.error(`Storage volume '${target}'(${shown}) is not managed by libvirt. Remove it manually.\n`);
    }
  }
  for (const name of wanted) {
    shell.error(`Volume '${name}' was not found in domain's definition.\n`);
  }
  if (wanted.size > 0) throw new CommandFailed("");
  return found;
}

/** Removes volumes, one after the other; the first that fails ends it. */
export async function removeStorage(
  shell: Shell,
  volumes: readonly DiskVolume[],
  how: { readonly wipe: boolean; readonly snapshots: boolean },
): Promise<void> {
  const { remote } = shell.connection;
  const flags = how.snapshots ? StorageVolDeleteFlags.withSnapshots : 0;
  for (const { target, source, volume } of volumes) {
    const shown = `'${target}'(${source})`;
    if (how.wipe) {
      shell.out.extra(`Wiping volume ${shown} ... `);
      await attempt(remote.storageVolWipe({ vol: volume, flags: 0 }), "Failed! Volume not removed.");
      shell.out.extra("Done.\n");
    }
    await attempt(remote.storageVolDelete({ vol: volume, flags }), `Failed to remove storage volume ${shown}`);
    shell.out.done(`Volume ${shown} removed.`, { volume: source });
  }
}
