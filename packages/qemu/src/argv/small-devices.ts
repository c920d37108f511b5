import { ErrorCode, virtError } from "@tsvirt/base";
import type {
  Filesystem,
  Hub,
  Iommu,
  Memballoon,
  Nvram,
  Panic,
  Rng,
  Shmem,
  Tpm,
  Vsock,
  Watchdog,
} from "@tsvirt/model/domain";
import { aliasOf, type Buses } from "./address.ts";
import { writeChardev } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import { Chardev, Fsdev, RngObject, ShmemBackend, TpmDev } from "./declarations/backends.ts";
import {
  BalloonDevice,
  IommuDevice,
  PanicDevice,
  RngDevice,
  ShmemDevice,
  TpmDevice,
  TpmProxyDevice,
  UsbHubDevice,
  VhostUserFsDevice,
  Virtio9pDevice,
  VsockDevice,
  WatchdogDevice,
} from "./declarations/misc-devices.ts";
import { virtioDriver, virtioProps } from "./virtio.ts";

/** Writes the memory balloon. */
export function writeMemballoon(line: CommandWriter, balloon: Memballoon, buses: Buses): void {
  if (balloon.model === "none" || balloon.model === "xen") return;
  line.option(BalloonDevice, {
    driver: virtioDriver("virtio-balloon", balloon.address, balloon.model),
    ...virtioProps(balloon.driver),
    id: aliasOf(balloon),
    ...buses.props(balloon),
    "deflate-on-oom": balloon.autodeflate,
    "free-page-reporting": balloon.freePageReporting,
  });
}

/** Writes a random number generator and its source. */
export function writeRng(line: CommandWriter, rng: Rng, buses: Buses): void {
  const alias = aliasOf(rng);
  const id = `obj${alias}`;
  const { backend } = rng;
  switch (backend.model) {
    case "random":
      line.option(RngObject, { "qom-type": "rng-random", id, filename: backend.path ?? "/dev/random" });
      break;
    case "egd": {
      const chardev = writeChardev(line, { ...backend, type: backend.type ?? "null" }, { alias });
      line.option(RngObject, { "qom-type": "rng-egd", id, chardev });
      break;
    }
    case "builtin":
      line.option(RngObject, { "qom-type": "rng-builtin", id });
      break;
  }
  const { rate } = rng;
  line.option(RngDevice, {
    driver: virtioDriver("virtio-rng", rng.address, rng.model),
    ...virtioProps(rng.driver),
    rng: id,
    id: alias,
    "max-bytes": rate?.bytes,
    period: rate ? (rate.period ?? 1000) : undefined,
    ...buses.props(rng),
  });
}

/** Writes watchdogs; one action is common to all. */
export function writeWatchdogs(line: CommandWriter, watchdogs: readonly Watchdog[], buses: Buses): void {
  line.each(watchdogs, (watchdog) => {
    // The ICH9 of q35 has an iTCO built in.
    if (watchdog.model === "itco") {
      line.add("-global", "ICH9-LPC.noreboot=off");
      return;
    }
    line.option(WatchdogDevice, { driver: watchdog.model, id: aliasOf(watchdog), ...buses.props(watchdog) });
  });
  const action = watchdogs[0]?.action;
  // QEMU cannot dump; the daemon does when the guest has been paused.
  if (action !== undefined) line.add("-watchdog-action", action === "dump" ? "pause" : action);
}

/** Writes a directory that is shared over 9p. */
export function writeFilesystem(line: CommandWriter, filesystem: Filesystem, buses: Buses): void {
  const { driver, source, target } = filesystem;
  if (driver?.type === "virtiofs") {
    writeVirtiofs(line, filesystem, buses);
    return;
  }
  if (filesystem.type !== "mount") {
    throw virtError(ErrorCode.configUnsupported, "only supports mount filesystem type");
  }
  const alias = aliasOf(filesystem);
  const security = { passthrough: "passthrough", mapped: "mapped", squash: "none" } as const;
  line.option(Fsdev, {
    // Handles of files instead of their paths: there once was such a driver, which had none of the settings.
    ...(driver?.type === "handle"
      ? { fsdriver: "handle" }
      : {
          fsdriver: "local",
          security_model: security[filesystem.accessmode ?? "passthrough"],
          multidevs: filesystem.multidevs === "default" ? undefined : filesystem.multidevs,
          fmode: filesystem.fmode,
          dmode: filesystem.dmode,
        }),
    writeout: driver?.wrpolicy,
    id: `fsdev-${alias}`,
    path: source?.dir ?? "",
    readonly: filesystem.readonly,
  });
  line.option(Virtio9pDevice, {
    driver: virtioDriver("virtio-9p", filesystem.address, filesystem.model),
    ...virtioProps(driver),
    id: alias,
    fsdev: `fsdev-${alias}`,
    mount_tag: target ?? "",
    ...buses.props(filesystem),
  });
}

/** Writes a directory that virtiofsd, or another process, shares. */
function writeVirtiofs(line: CommandWriter, filesystem: Filesystem, buses: Buses): void {
  const alias = aliasOf(filesystem);
  const path = filesystem.source?.socket ?? line.context.virtiofsSocket?.(alias);
  if (path === undefined) throw virtError(ErrorCode.configUnsupported, "virtiofs needs a running virtiofsd");
  const chardev = `chr-vu-${alias}`;
  line.option(Chardev, { backend: "socket", id: chardev, path });
  line.option(VhostUserFsDevice, {
    driver: virtioDriver("vhost-user-fs", filesystem.address, filesystem.model),
    ...virtioProps(filesystem.driver),
    id: alias,
    chardev,
    "queue-size": filesystem.driver?.queue,
    tag: filesystem.target ?? "",
    bootindex: filesystem.boot?.order,
    ...buses.props(filesystem),
  });
}

/** Writes memory shared with other guests. */
export function writeShmem(line: CommandWriter, shmem: Shmem, buses: Buses): void {
  const alias = aliasOf(shmem);
  const { model, server, msi, role, size = 0 } = shmem;
  if (size !== 0 && !Number.isInteger(Math.log2(size))) {
    throw virtError(ErrorCode.xmlError, "shmem size must be a power of two");
  }
  if (size > 0 && size < 1) throw virtError(ErrorCode.xmlError, "shmem size must be at least 1 MiB (1024 KiB)");
  if (shmem.address?.type !== "pci") {
    throw virtError(ErrorCode.configUnsupported, "only 'pci' addresses are supported for the shared memory device");
  }
  const interrupts = { vectors: msi?.vectors || undefined, ioeventfd: msi?.ioeventfd };
  const place = buses.props(shmem);
  const chardev = server ? `char${alias}` : undefined;
  switch (model) {
    case undefined:
    case "ivshmem":
      line.option(ShmemDevice, {
        driver: "ivshmem",
        id: alias,
        size: `${size}m`,
        shm: server ? undefined : shmem.name,
        chardev,
        msi: msi ? true : undefined,
        ...interrupts,
        ...place,
      });
      break;
    case "ivshmem-plain": {
      const memdev = `shmmem-${alias}`;
      line.option(ShmemBackend, {
        "qom-type": "memory-backend-file",
        id: memdev,
        "mem-path": `/dev/shm/${shmem.name}`,
        size: size * 1_048_576,
        share: true,
      });
      line.option(ShmemDevice, {
        driver: model,
        id: alias,
        memdev,
        master: role === undefined ? undefined : role === "master",
        ...interrupts,
        ...place,
      });
      break;
    }
    case "ivshmem-doorbell":
      line.option(ShmemDevice, { driver: model, id: alias, chardev, ...interrupts, ...place });
  }
  if (!server) return;
  const path = server.path ?? `/var/lib/libvirt/shmem-${shmem.name}-sock`;
  writeChardev(line, { type: "unix", sources: [{ path, mode: "connect", seclabels: [] }] }, { alias });
}

/** Writes a socket between host and guest. */
export function writeVsock(line: CommandWriter, vsock: Vsock, buses: Buses): void {
  const alias = aliasOf(vsock);
  const fd = line.context.otherFd(alias);
  if (fd === undefined && !line.context.byHand) {
    throw virtError(ErrorCode.internalError, "no vhost descriptor for the vsock");
  }
  line.option(VsockDevice, {
    driver: virtioDriver("vhost-vsock", vsock.address, vsock.model),
    ...virtioProps(vsock.driver),
    id: alias,
    "guest-cid": vsock.cid?.address ?? 0,
    vhostfd: fd === undefined ? undefined : line.fd(fd),
    ...buses.props(vsock),
  });
}

/** Writes a trusted platform module. */
export function writeTpm(line: CommandWriter, tpm: Tpm, buses: Buses): void {
  const alias = aliasOf(tpm);
  const id = `tpm-${alias}`;
  const { backend } = tpm;
  if (tpm.model === "spapr-tpm-proxy") {
    line.option(TpmProxyDevice, { driver: tpm.model, id: alias, "host-path": backend.device ?? "/dev/tpm0" });
    return;
  }
  if (backend.type === "passthrough") {
    const fd = line.context.otherFd(`${alias}-tpm`);
    const cancel = line.context.otherFd(`${alias}-cancel`);
    line.option(TpmDev, {
      type: "passthrough",
      id,
      path: fd === undefined ? (backend.device ?? "/dev/tpm0") : line.fdset(fd, `${alias}-tpm`),
      "cancel-path": cancel === undefined ? undefined : line.fdset(cancel, `${alias}-cancel`),
    });
  } else {
    const path = backend.type === "external" ? backend.source?.path : line.context.tpmSocket;
    line.option(Chardev, { backend: "socket", id: "chrtpm", path });
    line.option(TpmDev, { type: "emulator", id, chardev: "chrtpm" });
  }
  const driver = tpm.model;
  if (driver !== undefined) line.option(TpmDevice, { driver, tpmdev: id, id: alias, ...buses.props(tpm) });
}

/** Writes the guest's panic notifier. */
export function writePanic(line: CommandWriter, panic: Panic): void {
  // The others are features of the machine or of the CPU.
  if (panic.model !== "isa") return;
  const ioport = panic.address?.type === "isa" ? (panic.address.iobase ?? 0) : undefined;
  line.option(PanicDevice, { driver: "pvpanic", ioport });
}

/** Writes an emulated IOMMU. */
export function writeIommu(line: CommandWriter, iommu: Iommu, buses: Buses): void {
  if (iommu.model === "smmuv3") return;
  if (iommu.model === "virtio") {
    line.option(IommuDevice, { driver: "virtio-iommu", id: aliasOf(iommu), ...buses.props(iommu) });
    return;
  }
  const { driver } = iommu;
  const onOff = (value: boolean | undefined): string | undefined =>
    value === undefined ? undefined : value ? "on" : "off";
  line.option(IommuDevice, {
    driver: "intel-iommu",
    id: aliasOf(iommu),
    intremap: onOff(driver?.intremap),
    "caching-mode": driver?.cachingMode,
    eim: onOff(driver?.eim),
    "device-iotlb": driver?.iotlb,
    "aw-bits": driver?.awBits,
  });
}

/** Writes where the firmware of POWER keeps its variables. */
export function writeNvram(line: CommandWriter, { address }: Nvram): void {
  if (address?.type !== "spapr-vio" || address.reg === undefined) return;
  line.add("-global", `spapr-nvram.reg=0x${address.reg.toString(16)}`);
}

/** Writes a USB hub. */
export function writeHub(line: CommandWriter, hub: Hub, buses: Buses): void {
  line.option(UsbHubDevice, { driver: "usb-hub", id: aliasOf(hub), ...buses.props(hub) });
}
