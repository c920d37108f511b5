import type { Address, Rng } from "@tsvirt/model/domain";
import { MemoryBackend, RngObject } from "../argv/declarations/backends.ts";
import {
  BalloonDevice,
  IommuDevice,
  PanicDevice,
  RngDevice,
  ShmemDevice,
  TpmDevice,
  TpmProxyDevice,
  UsbHubDevice,
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
import { numberOf, onOffOf, present, presentOrNone } from "./values.ts";
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
  vsock,
  hub,
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
