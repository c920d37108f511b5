import type { Filesystem } from "@tsvirt/model/domain";
import { VhostUserFsDevice, Virtio9pDevice } from "../argv/declarations/misc-devices.ts";
import { takePlace } from "./bus-names.ts";
import { backendOf } from "./chardevs.ts";
import { type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import { present, wordOf } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

const accessModes = { passthrough: "passthrough", mapped: "mapped", "mapped-xattr": "mapped", none: "squash" } as const;

/** The host's side of 9p, as `-fsdev` and `-virtfs` say it. Throws for what documents do not know. */
export function filesystemOf(
  keys: {
    readonly fsdriver?: string | undefined;
    readonly path?: string | undefined;
    readonly security_model?: string | undefined;
    readonly multidevs?: string | undefined;
    readonly fmode?: string | undefined;
    readonly dmode?: string | undefined;
    readonly writeout?: string | undefined;
    readonly readonly?: boolean | undefined;
    readonly rest?: object | undefined;
  },
  target: string | undefined,
): Filesystem {
  const { fsdriver, path, security_model: security, multidevs, fmode, dmode, writeout, readonly, rest } = keys;
  const [left] = Object.keys(rest ?? {});
  if (left !== undefined) throw new NoPlaceError(`'${left}' of the file system has no counterpart`);
  if (fsdriver !== "local" && fsdriver !== "handle")
    throw new NoPlaceError(`the file system driver '${fsdriver ?? ""}' has no counterpart`);
  const model = wordOf(security, "passthrough", "mapped", "mapped-xattr", "none");
  if (security !== undefined && model === undefined)
    throw new NoPlaceError(`security_model=${security} has no counterpart`);
  const mode = (text: string | undefined): string | undefined => text?.padStart(4, "0");
  return {
    type: "mount",
    ...present({
      accessmode: model && accessModes[model],
      multidevs: wordOf(multidevs, "remap", "forbid", "warn"),
      fmode: mode(fmode),
      dmode: mode(dmode),
      driver:
        writeout === "immediate" || fsdriver === "handle"
          ? {
              type: fsdriver === "handle" ? ("handle" as const) : ("path" as const),
              ...(writeout === "immediate" && { wrpolicy: "immediate" as const }),
            }
          : undefined,
      target,
    }),
    source: { dir: path ?? "" },
    ...(readonly === true && { readonly: true }),
  };
}

const ninep = deviceReader(Virtio9pDevice, (draft, { driver = "virtio-9p-pci", ...keys }, device) => {
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { id, fsdev, mount_tag: tag, ...left } = afterPlace;
  const found = draft.fsdevs.get(fsdev);
  if (!found) throw new NoPlaceError(`there is no file system '${fsdev ?? ""}'`);
  const base = filesystemOf(found.value, tag);
  const entry: Filesystem = {
    ...base,
    ...(model !== undefined && { model }),
    ...(options && { driver: { type: "path" as const, ...base.driver, ...options } }),
    ...(implied && { address: implied }),
    ...placed,
  };
  draft.add("filesystems", entry, device.argument, found.argument);
  draft.keep(entry, id, left);
});

const virtiofs = deviceReader(VhostUserFsDevice, (draft, { driver = "vhost-user-fs-pci", ...keys }, device) => {
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { id, chardev, "queue-size": queue, tag, bootindex, ...left } = afterPlace;
  const { backend, from } = backendOf(draft, chardev);
  const path = backend.sources[0]?.path;
  if (path === undefined) throw new NoPlaceError("virtiofs needs a unix socket");
  const entry: Filesystem = {
    type: "mount",
    ...(model !== undefined && { model }),
    driver: { type: "virtiofs", ...(queue !== undefined && { queue: Number(queue) }), ...options },
    source: { socket: path },
    ...(tag !== undefined && { target: tag }),
    ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
    ...(implied && { address: implied }),
    ...placed,
  };
  draft.add("filesystems", entry, device.argument, ...from);
  draft.keep(entry, id, left);
});

/** Shared directories. */
export const filesystemReaders: readonly DeviceReader[] = [ninep, virtiofs];
