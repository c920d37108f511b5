import type { Address, Filesystem, Hostdev, Rng } from "@tsvirt/model/domain";
import { MemoryBackend, RngObject } from "../argv/declarations/backends.ts";
import {
  BalloonDevice,
  IommuDevice,
  PanicDevice,
  RngDevice,
  ShmemDevice,
  TpmDevice,
  TpmProxyDevice,
  UsbHostDevice,
  UsbHubDevice,
  VfioDevice,
  VhostScsiDevice,
  VhostUserFsDevice,
  Virtio9pDevice,
  VmCoreInfoDevice,
  VmGenIdDevice,
  VsockDevice,
  WatchdogDevice,
  ZpciDevice,
} from "../argv/declarations/misc-devices.ts";
import type { Argument } from "./argument.ts";
import { takePlace } from "./bus-names.ts";
import { backendOf } from "./chardevs.ts";
import { type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { numberOf, onOffOf, present, presentOrNone, wordOf } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

const balloon = deviceReader(BalloonDevice, (draft, { driver = "virtio-balloon-pci", ...keys }, device) => {
  if (draft.devices.memballoon) throw new NoPlaceError("a guest has one balloon");
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { id, "deflate-on-oom": autodeflate, "free-page-reporting": freePageReporting, ...left } = afterPlace;
  const entry = {
    model: model ?? ("virtio" as const),
    ...present({ autodeflate, freePageReporting, driver: options, address: implied }),
    ...placed,
  };
  draft.devices.memballoon = entry;
  device.argument.place("/domain/devices/memballoon");
  draft.keep(entry, id, left);
});

const rng = deviceReader(RngDevice, (draft, { driver = "virtio-rng-pci", ...keys }, device) => {
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { rng: object, id, "max-bytes": bytes, period, ...left } = afterPlace;
  const { backend, from } = rngBackend(draft, object);
  const entry: Rng = {
    model: model ?? "virtio",
    ...(bytes !== undefined && {
      rate: { bytes: Number(bytes), ...(period !== undefined && { period: Number(period) }) },
    }),
    backend,
    ...present({ driver: options, address: implied }),
    ...placed,
  };
  draft.add("rngs", entry, device.argument, ...from);
  draft.keep(entry, id, left);
});

function rngBackend(
  draft: Draft,
  id: string | undefined,
): { readonly backend: Rng["backend"]; readonly from: readonly Argument[] } {
  // Without an object QEMU takes its own generator.
  if (id === undefined) return { backend: { model: "builtin", sources: [] }, from: [] };
  const found = draft.objects.get(id);
  if (!found) throw new NoPlaceError(`there is no object '${id}'`);
  const { "qom-type": type, filename, chardev } = RngObject.parsePartial(found.value.text);
  switch (type) {
    case "rng-random":
      return { backend: { model: "random", path: filename ?? "/dev/urandom", sources: [] }, from: [found.argument] };
    case "rng-egd": {
      const { backend, from } = backendOf(draft, chardev);
      return { backend: { model: "egd", ...backend }, from: [found.argument, ...from] };
    }
    default:
      return { backend: { model: "builtin", sources: [] }, from: [found.argument] };
  }
}

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

const vsock = deviceReader(VsockDevice, (draft, { driver = "vhost-vsock-pci", ...keys }, device) => {
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { id, "guest-cid": cid, vhostfd: _vhostfd, ...left } = afterPlace;
  if (draft.devices.vsock) throw new NoPlaceError("a guest has one vsock");
  const entry = {
    model: model ?? ("virtio" as const),
    cid: { auto: false, ...(cid !== undefined && { address: Number(cid) }) },
    ...present({ driver: options, address: implied }),
    ...placed,
  };
  draft.devices.vsock = entry;
  device.argument.place("/domain/devices/vsock");
  draft.keep(entry, id, left);
});

const hub = deviceReader(UsbHubDevice, (draft, { driver: _driver, id, ...keys }, device) => {
  const { device: placed, left } = takePlace(keys, draft.buses);
  const entry = { type: "usb" as const, ...placed };
  draft.add("hubs", entry, device.argument);
  draft.keep(entry, id, left);
});

const noHostdevParts = { mode: "subsystem" as const, ips: [], routes: [] };

const usbHost = deviceReader(UsbHostDevice, (draft, { driver: _driver, ...keys }, device) => {
  const { device: placed, left: afterPlace } = takePlace(keys, draft.buses);
  const {
    hostdevice,
    hostbus,
    hostaddr,
    id,
    bootindex,
    "guest-reset": reset,
    "guest-resets-all": resetsAll,
    rest,
    ...left
  } = afterPlace;
  const { vendorid, productid, ...others } = rest ?? {};
  const path = /^\/dev\/bus\/usb\/(\d{3})\/(\d{3})$/.exec(hostdevice ?? "");
  const bus = path ? Number(path[1]) : numberOf(hostbus);
  const address = path ? Number(path[2]) : numberOf(hostaddr);
  const byId = vendorid !== undefined && productid !== undefined;
  if (!byId && (bus === undefined || address === undefined))
    throw new NoPlaceError("neither vendor and product nor bus and address are known");
  const guestReset =
    reset === undefined && resetsAll === undefined
      ? undefined
      : reset === false
        ? "off"
        : resetsAll === true
          ? "on"
          : "uninitialized";
  const entry: Hostdev = {
    ...noHostdevParts,
    type: "usb",
    managed: true,
    source: {
      ...(guestReset !== undefined && { guestReset: guestReset as "off" | "on" | "uninitialized" }),
      ...(byId && { vendor: Number(vendorid), product: Number(productid) }),
      ...(bus !== undefined && address !== undefined && { address: { bus, device: address } }),
    },
    ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
    ...placed,
  };
  draft.add("hostdevs", entry, device.argument);
  draft.keep(entry, id, { ...left, rest: others });
});

/** `[DDDD:]BB:SS.F`. */
function hostPciAddress(text: string): { domain: number; bus: number; slot: number; function: number } | undefined {
  const match = /^(?:([0-9a-f]{1,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.([0-7]))?$/i.exec(text);
  if (!match) return undefined;
  const hex = (part: string | undefined): number => Number.parseInt(part ?? "0", 16);
  return { domain: hex(match[1]), bus: hex(match[2]), slot: hex(match[3]), function: hex(match[4]) };
}

const vfio = deviceReader(VfioDevice, (draft, { driver = "vfio-pci", ...keys }, device) => {
  const { device: placed, left: afterPlace } = takePlace(keys, draft.buses);
  const {
    host,
    id,
    sysfsdev,
    display,
    ramfb,
    bootindex,
    failover_pair_id: pair,
    rombar,
    romfile,
    ...left
  } = afterPlace;
  const rom = presentOrNone({
    enabled: romfile === "" ? false : undefined,
    bar: rombar === undefined ? undefined : Number(rombar) !== 0,
    file: romfile === "" ? undefined : romfile,
  });
  const common = {
    ...noHostdevParts,
    managed: true,
    ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
    ...(rom && { rom }),
    ...placed,
  };
  const uuid = /^\/sys\/.*\/([0-9a-f]{8}-[0-9a-f-]{27})\/?$/.exec(sysfsdev ?? "")?.[1];
  const pciPath = /\/sys\/bus\/pci\/devices\/([0-9a-f:.]+)$/.exec(sysfsdev ?? "")?.[1];
  const address = hostPciAddress(host ?? pciPath ?? "");
  let entry: Hostdev;
  if (uuid !== undefined) {
    const { managed: _managed, ...rest } = common;
    entry = {
      ...rest,
      type: "mdev",
      model: driver === "vfio-pci-nohotplug" ? "vfio-pci" : driver,
      source: { address: { uuid } },
      ...present({ display: onOffOf(display), ramfb: ramfb === true ? true : undefined }),
    };
  } else if (address && driver.startsWith("vfio-pci")) {
    entry = {
      ...common,
      type: "pci",
      driver: { name: "vfio" },
      source: { address },
      ...(pair !== undefined && { teaming: { type: "transient" as const, persistent: pair } }),
    };
    draft.keep(entry, undefined, present({ display, ramfb }));
  } else throw new NoPlaceError("the host's device is not known by an address");
  draft.add("hostdevs", entry, device.argument);
  draft.keep(entry, id, left);
});

const vhostScsi = deviceReader(VhostScsiDevice, (draft, { driver = "vhost-scsi-pci", ...keys }, device) => {
  const { driver: _options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const { wwpn = "", vhostfd: _vhostfd, id, ...left } = afterPlace;
  const entry: Hostdev = {
    ...noHostdevParts,
    type: "scsi_host",
    managed: false,
    ...(model !== undefined && { model }),
    source: { protocol: "vhost", wwpn },
    ...(implied && { address: implied }),
    ...placed,
  };
  draft.add("hostdevs", entry, device.argument);
  draft.keep(entry, id, left);
});

const watchdog = deviceReader(WatchdogDevice, (draft, { driver = "i6300esb", id, ...keys }, device) => {
  const { device: placed, left } = takePlace(keys, draft.buses);
  const entry = { model: driver, action: "reset" as const, ...placed };
  draft.add("watchdogs", entry, device.argument);
  draft.keep(entry, id, left);
});

const tpm = deviceReader(TpmDevice, (draft, { driver = "tpm-tis", tpmdev, id, ...keys }, device) => {
  const { device: placed, left } = takePlace(keys, draft.buses);
  const found = draft.tpmdevs.get(tpmdev);
  if (!found) throw new NoPlaceError(`there is no TPM back end '${tpmdev ?? ""}'`);
  const { type, path, "cancel-path": cancel, chardev } = found.value;
  const from = [device.argument, found.argument];
  const model = driver === "tpm-tis-device" ? "tpm-tis" : driver;
  if (type === "passthrough") {
    for (const { set, argument } of draft.fdsets) {
      if (path === `/dev/fdset/${set}` || cancel === `/dev/fdset/${set}`) from.push(argument);
    }
    const inherited = path?.startsWith("/dev/fdset/") === true;
    if (inherited) device.argument.note("an inherited descriptor: the device behind it is taken to be /dev/tpm0");
    else if (cancel !== undefined) found.argument.note("libvirt finds the cancel path itself");
    const entry = {
      model,
      backend: { type: "passthrough" as const, device: inherited ? "/dev/tpm0" : (path ?? "/dev/tpm0") },
      ...placed,
    };
    draft.add("tpms", entry, ...from);
    draft.keep(entry, id, left);
    return;
  }
  const { backend, from: more } = backendOf(draft, chardev);
  const socket = backend.sources[0]?.path;
  if (socket === undefined) throw new NoPlaceError("the TPM emulator is not on a unix socket");
  const own = /^\/(?:var\/)?run\/libvirt\/qemu\/swtpm\/|^\/dev\/test$/.test(socket);
  const entry = own
    ? { model, backend: { type: "emulator" as const, version: "2.0" as const }, ...placed }
    : {
        model,
        backend: { type: "external" as const, source: { type: "unix", mode: "connect", path: socket } },
        ...placed,
      };
  draft.add("tpms", entry, ...from, ...more);
  draft.keep(entry, id, left);
});

const tpmProxy = deviceReader(
  TpmProxyDevice,
  (draft, { driver = "spapr-tpm-proxy", id, "host-path": path, ...left }, device) => {
    const entry = { model: driver, backend: { type: "passthrough" as const, device: path ?? "/dev/tpmrm0" } };
    draft.add("tpms", entry, device.argument);
    draft.keep(entry, id, left);
  },
);

/** Numbers of another device for the firmware of s390. */
const zpci = deviceReader(
  ZpciDevice,
  (draft, { target, uid, fid }, device) => {
    const found = [...draft.ids].find(([, id]) => id === target)?.[0] as { address?: Address } | undefined;
    if (!found) throw new NoPlaceError(`there is no device '${target ?? ""}'`);
    const numbers = present({ uid: numberOf(uid), fid: numberOf(fid) });
    found.address =
      found.address?.type === "pci" ? { ...found.address, zpci: numbers } : { type: "pci", zpci: numbers };
    device.argument.place(found);
  },
  { when: "last" },
);

const panic = deviceReader(PanicDevice, (draft, { driver: _driver, ioport, ...left }, device) => {
  const address: Address | undefined = ioport === undefined ? undefined : { type: "isa", iobase: Number(ioport) };
  const entry = { model: "isa" as const, ...(address && { address }) };
  draft.add("panics", entry, device.argument);
  draft.keep(entry, undefined, left);
});

const genid = deviceReader(VmGenIdDevice, (draft, { guid = "" }, device) => {
  draft.domain.genid = guid === "auto" ? "" : guid;
  device.argument.place("/domain/genid");
});

const coreInfo = deviceReader(VmCoreInfoDevice, (draft, _keys, device) => {
  draft.features.vmcoreinfo = true;
  device.argument.place("/domain/features/vmcoreinfo");
});

const iommu = deviceReader(IommuDevice, (draft, { driver = "intel-iommu", ...keys }, device) => {
  if (draft.devices.iommu) throw new NoPlaceError("a guest has one IOMMU");
  if (driver === "intel-iommu" && !draft.board.isQ35) throw new NoPlaceError("libvirt has it on q35 only");
  const { device: placed, left: afterPlace } = takePlace(keys, draft.buses);
  const {
    id,
    intremap,
    "caching-mode": cachingMode,
    eim,
    "device-iotlb": iotlb,
    "aw-bits": awBits,
    ...left
  } = afterPlace;
  const settings = presentOrNone({
    intremap: onOffOf(intremap),
    cachingMode,
    eim: onOffOf(eim),
    iotlb,
    awBits: numberOf(awBits),
  });
  const entry = {
    model: driver === "intel-iommu" ? ("intel" as const) : ("virtio" as const),
    ...(settings && { driver: settings }),
    ...placed,
  };
  draft.devices.iommu = entry;
  device.argument.place("/domain/devices/iommu");
  draft.keep(entry, id, left);
});

const shmem = deviceReader(ShmemDevice, (draft, { driver = "ivshmem-plain", ...keys }, device) => {
  const { device: placed, left: afterPlace } = takePlace(keys, draft.buses);
  const { id, memdev, master, chardev, vectors, ioeventfd, ...left } = afterPlace;
  if (driver === "ivshmem-doorbell") {
    const { backend, from } = backendOf(draft, chardev);
    const path = backend.sources[0]?.path;
    const own = /^\/var\/lib\/libvirt\/shmem-(.*)-sock$/.exec(path ?? "")?.[1];
    const msi = present({ vectors: numberOf(vectors), ioeventfd });
    const entry = {
      name: own ?? id ?? "shmem0",
      model: "ivshmem-doorbell" as const,
      server: own === undefined && path !== undefined ? { path } : {},
      msi,
      ...placed,
    };
    draft.add("shmems", entry, device.argument, ...from);
    draft.keep(entry, id, left);
    return;
  }
  const found = draft.objects.get(memdev);
  const backing = found && MemoryBackend.parsePartial(found.value.text);
  const name = /^\/dev\/shm\/([^/]+)$/.exec(backing?.["mem-path"] ?? "")?.[1];
  if (!found || name === undefined)
    throw new NoPlaceError("shared memory that is no file in /dev/shm has no counterpart");
  const entry = {
    name,
    ...(master !== undefined && { role: master ? ("master" as const) : ("peer" as const) }),
    model: "ivshmem-plain" as const,
    size: Math.ceil(Number(backing?.size ?? 0) / 1_048_576),
    ...placed,
  };
  draft.add("shmems", entry, device.argument, found.argument);
  draft.keep(entry, id, left);
});

/** Devices of small families. */
export const smallReaders: readonly DeviceReader[] = [
  balloon,
  rng,
  ninep,
  virtiofs,
  vsock,
  hub,
  usbHost,
  vfio,
  vhostScsi,
  watchdog,
  tpm,
  tpmProxy,
  zpci,
  panic,
  genid,
  coreInfo,
  iommu,
  shmem,
];
