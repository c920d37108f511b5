import type { CapabilityFlag } from "./flags.ts";

// What to look for in an emulator, and the flag that a find sets. One row a fact; the prober walks these tables.

type Finds = readonly (readonly [what: string, flag: CapabilityFlag])[];

/** Types of `qom-list-types`. */
export const typeFlags: Finds = [
  ["hda-duplex", "hda-duplex"],
  ["hda-micro", "hda-micro"],
  ["ccid-card-emulated", "ccid-emulated"],
  ["ccid-card-passthru", "ccid-passthru"],
  ["piix3-usb-uhci", "piix3-usb-uhci"],
  ["piix4-usb-uhci", "piix4-usb-uhci"],
  ["usb-ehci", "usb-ehci"],
  ["ich9-usb-ehci1", "ich9-usb-ehci1"],
  ["vt82c686b-usb-uhci", "vt82c686b-usb-uhci"],
  ["pci-ohci", "pci-ohci"],
  ["nec-usb-xhci", "nec-usb-xhci"],
  ["usb-redir", "usb-redir"],
  ["usb-hub", "usb-hub"],
  ["ich9-ahci", "ich9-ahci"],
  ["virtio-blk-ccw", "virtio-ccw"],
  ["sclpconsole", "s390-sclp"],
  ["lsi53c895a", "lsi"],
  ["virtio-scsi-pci", "virtio-scsi-pci"],
  ["virtio-scsi-ccw", "virtio-scsi-pci"],
  ["virtio-scsi-device", "virtio-scsi-pci"],
  ["megasas", "megasas"],
  ["qxl", "qxl"],
  ["scsi-block", "scsi-block"],
  ["VGA", "VGA"],
  ["cirrus-vga", "cirrus-vga"],
  ["vmware-svga", "vmware-svga"],
  ["usb-serial", "usb-serial"],
  ["virtio-rng-pci", "virtio-rng"],
  ["virtio-rng-ccw", "virtio-rng"],
  ["virtio-rng-device", "virtio-rng"],
  ["rng-random", "rng-random"],
  ["rng-egd", "rng-egd"],
  ["spapr-nvram", "nvram"],
  ["pci-bridge", "pci-bridge"],
  ["vfio-pci", "vfio-pci"],
  ["i82801b11-bridge", "dmi-to-pci-bridge"],
  ["usb-storage", "usb-storage"],
  ["virtio-mmio", "virtio-mmio"],
  ["ich9-intel-hda", "ich9-intel-hda"],
  ["pvpanic", "pvpanic"],
  ["usb-kbd", "usb-kbd"],
  ["usb-audio", "usb-audio"],
  ["iothread", "iothread"],
  ["ivshmem", "ivshmem"],
  ["pc-dimm", "pc-dimm"],
  ["pci-serial", "pci-serial"],
  ["gpex-pcihost", "gpex-pcihost"],
  ["ioh3420", "ioh3420"],
  ["x3130-upstream", "x3130-upstream"],
  ["xio3130-downstream", "xio3130-downstream"],
  ["rtl8139", "rtl8139"],
  ["e1000", "e1000"],
  ["virtio-net-pci", "virtio-net"],
  ["virtio-net-ccw", "virtio-net"],
  ["virtio-net-device", "virtio-net"],
  ["virtio-gpu-pci", "virtio-gpu"],
  ["virtio-gpu-device", "virtio-gpu"],
  ["virtio-vga", "virtio-vga"],
  ["virtio-keyboard-device", "virtio-keyboard"],
  ["virtio-keyboard-pci", "virtio-keyboard"],
  ["virtio-mouse-device", "virtio-mouse"],
  ["virtio-mouse-pci", "virtio-mouse"],
  ["virtio-tablet-device", "virtio-tablet"],
  ["virtio-tablet-pci", "virtio-tablet"],
  ["virtio-input-host-device", "virtio-input-host"],
  ["virtio-input-host-pci", "virtio-input-host"],
  ["mptsas1068", "mptsas1068"],
  ["pxb", "pxb"],
  ["pxb-pcie", "pxb-pcie"],
  ["intel-iommu", "intel-iommu"],
  ["ivshmem-plain", "ivshmem-plain"],
  ["ivshmem-doorbell", "ivshmem-doorbell"],
  ["vhost-scsi", "vhost-scsi"],
  ["nvdimm", "nvdimm"],
  ["pcie-root-port", "pcie-root-port"],
  ["qemu-xhci", "qemu-xhci"],
  ["spapr-pci-host-bridge", "spapr-pci-host-bridge"],
  ["vmcoreinfo", "vmcoreinfo"],
  ["spapr-vty", "spapr-vty"],
  ["sclplmconsole", "sclplmconsole"],
  ["isa-serial", "isa-serial"],
  ["pl011", "pl011"],
  ["virtio-gpu-ccw", "virtio-gpu-ccw"],
  ["virtio-keyboard-ccw", "virtio-keyboard-ccw"],
  ["virtio-mouse-ccw", "virtio-mouse-ccw"],
  ["virtio-tablet-ccw", "virtio-tablet-ccw"],
  ["pcie-pci-bridge", "pcie-pci-bridge"],
  ["pr-manager-helper", "pr-manager-helper"],
  ["vfio-ccw", "vfio-ccw"],
  ["hda-output", "hda-output"],
  ["vmgenid", "vmgenid"],
  ["vhost-vsock-device", "vhost-vsock"],
  ["mch", "mch"],
  ["sev-guest", "sev-guest"],
  ["vfio-ap", "vfio-ap"],
  ["zpci", "zpci"],
  ["memory-backend-memfd", "memory-backend-memfd"],
  ["virtio-blk-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-blk-pci-non-transitional", "virtio-pci-non-transitional"],
  ["virtio-net-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-net-pci-non-transitional", "virtio-pci-non-transitional"],
  ["vhost-scsi-pci-transitional", "virtio-pci-non-transitional"],
  ["vhost-scsi-pci-non-transitional", "virtio-pci-non-transitional"],
  ["virtio-rng-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-rng-pci-non-transitional", "virtio-pci-non-transitional"],
  ["virtio-9p-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-9p-pci-non-transitional", "virtio-pci-non-transitional"],
  ["virtio-balloon-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-balloon-pci-non-transitional", "virtio-pci-non-transitional"],
  ["vhost-vsock-pci-transitional", "virtio-pci-non-transitional"],
  ["vhost-vsock-pci-non-transitional", "virtio-pci-non-transitional"],
  ["virtio-scsi-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-scsi-pci-non-transitional", "virtio-pci-non-transitional"],
  ["virtio-serial-pci-transitional", "virtio-pci-non-transitional"],
  ["virtio-serial-pci-non-transitional", "virtio-pci-non-transitional"],
  ["max-x86_64-cpu", "x86-max-cpu"],
  ["bochs-display", "bochs-display"],
  ["dbus-vmstate", "dbus-vmstate"],
  ["vhost-user-gpu", "vhost-user-gpu"],
  ["vhost-user-vga", "vhost-user-vga"],
  ["ramfb", "ramfb"],
  ["max-arm-cpu", "arm-max-cpu"],
  ["i8042", "i8042"],
  ["rng-builtin", "rng-builtin"],
  ["tpm-spapr", "tpm-spapr"],
  ["vhost-user-fs-device", "vhost-user-fs"],
  ["tcg-accel", "tcg"],
  ["pvscsi", "pvscsi"],
  ["spapr-tpm-proxy", "spapr-tpm-proxy"],
  ["vmport", "machine-vmport-opt"],
  ["dc390", "dc390"],
  ["am53c974", "am53c974"],
  ["virtio-pmem-pci", "virtio-pmem-pci"],
  ["vhost-user-blk", "vhost-user-blk"],
  ["input-linux", "input-linux"],
  ["virtio-gpu-gl-pci", "virtio-gpu-gl-pci"],
  ["virtio-vga-gl", "virtio-vga-gl"],
  ["s390-pv-guest", "s390-pv-guest"],
  ["virtio-mem-pci", "virtio-mem-pci"],
  ["virtio-iommu-pci", "virtio-iommu-pci"],
  ["sgx-epc", "sgx-epc"],
  ["thread-context", "thread-context"],
];

/** Names of `query-commands`. */
export const commandFlags: Finds = [
  ["query-vnc", "vnc"],
  ["rtc-reset-reinjection", "rtc-reset-reinjection"],
  ["query-hotpluggable-cpus", "query-hotpluggable-cpus"],
  ["query-cpu-model-expansion", "query-cpu-model-expansion"],
  ["query-cpu-definitions", "query-cpu-definitions"],
  ["query-cpu-model-baseline", "query-cpu-model-baseline"],
  ["query-cpu-model-comparison", "query-cpu-model-comparison"],
  ["block-export-add", "block-export-add"],
  ["blockdev-reopen", "blockdev-reopen"],
  ["set-action", "set-action"],
  ["query-dirty-rate", "query-dirty-rate"],
  ["sev-inject-launch-secret", "sev-inject-launch-secret"],
  ["calc-dirty-rate", "calc-dirty-rate"],
  ["query-stats", "query-stats"],
  ["query-stats-schemas", "query-stats-schemas"],
];

/** Paths into `query-qmp-schema`; see `SchemaQuery`. */
export const schemaFlags: Finds = [
  ["blockdev-add/arg-type/+vxhs", "vxhs"],
  ["blockdev-add/arg-type/+file/drop-cache", "migration-file-drop-cache"],
  ["blockdev-add/arg-type/+nvme", "drive-nvme"],
  ["blockdev-add/arg-type/+file/aio/^io_uring", "aio.io_uring"],
  ["blockdev-add/arg-type/+rbd/encrypt", "rbd-encryption"],
  ["blockdev-add/arg-type/+nbd/tls-hostname", "blockdev.nbd.tls-hostname"],
  ["blockdev-snapshot/$allow-write-only-overlay", "blockdev-snapshot.allow-write-only-overlay"],
  ["chardev-add/arg-type/backend/+socket/data/reconnect", "chardev-reconnect"],
  ["device_add/$json-cli-hotplug", "device.json+hotplug"],
  ["migrate-set-parameters/arg-type/block-bitmap-mapping/bitmaps/transform", "migration-param.block-bitmap-mapping"],
  ["nbd-server-start/arg-type/tls-creds", "nbd-tls"],
  ["nbd-server-add/arg-type/bitmap", "nbd-bitmap"],
  ["netdev_add/arg-type/+stream", "netdev.stream"],
  ["netdev_add/arg-type/+vhost-vdpa", "netdev.vhost-vdpa"],
  ["netdev_add/arg-type/type/^dgram", "netdev.json"],
  ["object-add/arg-type/qom-type/^secret", "object.qapified"],
  ["query-display-options/ret-type/+egl-headless/rendernode", "egl-headless.rendernode"],
  ["query-display-options/ret-type/+sdl", "sdl"],
  ["query-display-options/ret-type/+egl-headless", "egl-headless"],
  ["query-iothreads/ret-type/poll-max-ns", "iothread.poll-max-ns"],
  ["query-hotpluggable-cpus/ret-type/props/die-id", "smp-dies"],
  ["query-named-block-nodes/arg-type/flat", "query-named-block-nodes.flat"],
  ["screendump/arg-type/device", "screendump_device"],
  ["set-numa-node/arg-type/+hmat-lb", "numa.hmat"],
  ["object-add/arg-type/+sev-guest/kernel-hashes", "sev-guest-kernel-hashes"],
  ["calc-dirty-rate/arg-type/mode", "dirtyrate-param.mode"],
  ["chardev-add/arg-type/backend/+qemu-vdagent", "chardev.qemu-vdagent"],
  ["query-display-options/ret-type/+dbus", "display-dbus"],
  ["object-add/arg-type/+iothread/thread-pool-max", "iothread.thread-pool-max"],
  ["query-migrate/ret-type/blocked-reasons", "migration.blocked-reasons"],
  ["screendump/arg-type/format/^png", "screenshot-format-png"],
];

/** Properties of a type, asked for only if `needs` was found. */
export interface PropertyRule {
  readonly type: string;
  readonly needs?: CapabilityFlag;
  readonly properties: Finds;
}

/** Properties of `device-list-properties`. */
export const deviceRules: readonly PropertyRule[] = [
  {
    type: "virtio-blk-pci",
    properties: [
      ["scsi", "virtio-blk-pci.scsi"],
      ["queue-size", "virtio-blk.queue-size"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "virtio-net-pci",
    needs: "virtio-net",
    properties: [
      ["acpi-index", "acpi-index"],
      ["rss", "virtio-net.rss"],
    ],
  },
  { type: "virtio-scsi-pci", needs: "virtio-scsi-pci", properties: [["acpi-index", "acpi-index"]] },
  {
    type: "virtio-blk-ccw",
    needs: "virtio-ccw",
    properties: [
      ["scsi", "virtio-blk-pci.scsi"],
      ["queue-size", "virtio-blk.queue-size"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "virtio-net-ccw",
    needs: "virtio-net",
    properties: [
      ["acpi-index", "acpi-index"],
      ["rss", "virtio-net.rss"],
    ],
  },
  { type: "virtio-scsi-ccw", needs: "virtio-scsi-pci", properties: [["acpi-index", "acpi-index"]] },
  { type: "vfio-pci", needs: "vfio-pci", properties: [["display", "vfio-pci.display"]] },
  {
    type: "scsi-hd",
    properties: [
      ["channel", "scsi-disk.channel"],
      ["wwn", "scsi-disk.wwn"],
      ["rotation_rate", "rotation-rate"],
    ],
  },
  { type: "ide-hd", properties: [["wwn", "ide-drive.wwn"]] },
  {
    type: "PIIX4_PM",
    properties: [
      ["disable_s3", "disable-s3"],
      ["disable_s4", "disable-s4"],
      ["acpi-root-pci-hotplug", "piix4.acpi-root-pci-hotplug"],
    ],
  },
  { type: "usb-redir", needs: "usb-redir", properties: [["filter", "usb-redir.filter"]] },
  { type: "usb-storage", needs: "usb-storage", properties: [["removable", "usb-storage.removable"]] },
  { type: "kvm-pit", properties: [["lost_tick_policy", "kvm-pit-lost-tick-policy"]] },
  { type: "VGA", needs: "VGA", properties: [["vgamem_mb", "VGA.vgamem_mb"]] },
  { type: "vmware-svga", needs: "vmware-svga", properties: [["vgamem_mb", "vmware-svga.vgamem_mb"]] },
  {
    type: "qxl",
    needs: "qxl",
    properties: [
      ["vgamem_mb", "qxl.vgamem_mb"],
      ["vram64_size_mb", "qxl.vram64_size_mb"],
    ],
  },
  {
    type: "virtio-gpu-pci",
    needs: "virtio-gpu",
    properties: [
      ["virgl", "virtio-gpu.virgl"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "virtio-gpu-device",
    needs: "virtio-gpu",
    properties: [
      ["virgl", "virtio-gpu.virgl"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "ICH9-LPC",
    properties: [
      ["disable_s3", "ich9-disable-s3"],
      ["disable_s4", "ich9-disable-s4"],
    ],
  },
  {
    type: "virtio-balloon-pci",
    properties: [
      ["deflate-on-oom", "virtio-balloon-pci.deflate-on-oom"],
      ["free-page-reporting", "virtio-balloon.free-page-reporting"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "virtio-balloon-ccw",
    properties: [
      ["deflate-on-oom", "virtio-balloon-pci.deflate-on-oom"],
      ["free-page-reporting", "virtio-balloon.free-page-reporting"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "virtio-balloon-device",
    properties: [
      ["deflate-on-oom", "virtio-balloon-pci.deflate-on-oom"],
      ["free-page-reporting", "virtio-balloon.free-page-reporting"],
      ["acpi-index", "acpi-index"],
    ],
  },
  {
    type: "intel-iommu",
    needs: "intel-iommu",
    properties: [
      ["intremap", "intel-iommu.intremap"],
      ["caching-mode", "intel-iommu.caching-mode"],
      ["eim", "intel-iommu.eim"],
      ["device-iotlb", "intel-iommu.device-iotlb"],
      ["aw-bits", "intel-iommu.aw-bits"],
    ],
  },
  {
    type: "spapr-pci-host-bridge",
    needs: "spapr-pci-host-bridge",
    properties: [["numa_node", "spapr-pci-host-bridge.numa_node"]],
  },
  {
    type: "virtio-gpu-ccw",
    needs: "virtio-gpu-ccw",
    properties: [
      ["virgl", "virtio-gpu.virgl"],
      ["acpi-index", "acpi-index"],
    ],
  },
  { type: "mch", needs: "mch", properties: [["extended-tseg-mbytes", "mch.extended-tseg-mbytes"]] },
  { type: "nvdimm", needs: "nvdimm", properties: [["unarmed", "nvdimm.unarmed"]] },
  { type: "pcie-root-port", needs: "pcie-root-port", properties: [["hotplug", "pcie-root-port.hotplug"]] },
  {
    type: "usb-host",
    properties: [
      ["hostdevice", "usb-host.hostdevice"],
      ["guest-resets-all", "usb-host.guest-resets-all"],
    ],
  },
  { type: "vhost-user-fs-device", needs: "vhost-user-fs", properties: [["bootindex", "vhost-user-fs.bootindex"]] },
  { type: "virtio-mem-pci", needs: "virtio-mem-pci", properties: [["prealloc", "virtio-mem-pci.prealloc"]] },
  { type: "virtio-iommu-pci", needs: "virtio-iommu-pci", properties: [["boot-bypass", "virtio-iommu.boot-bypass"]] },
];

/** Properties of `qom-list-properties`. */
export const objectRules: readonly PropertyRule[] = [
  {
    type: "memory-backend-file",
    properties: [
      ["pmem", "memory-backend-file.pmem"],
      ["x-use-canonical-path-for-ramblock-id", "memory-backend-file.x-use-canonical-path-for-ramblock-id"],
      ["reserve", "memory-backend-file.reserve"],
      ["prealloc-threads", "memory-backend-file.prealloc-threads"],
    ],
  },
  {
    type: "memory-backend-memfd",
    needs: "memory-backend-memfd",
    properties: [["hugetlb", "memory-backend-memfd.hugetlb"]],
  },
  {
    type: "max-x86_64-cpu",
    needs: "x86-max-cpu",
    properties: [
      ["unavailable-features", "cpu-unavailable-features"],
      ["kvm-no-adjvtime", "cpu.kvm-no-adjvtime"],
      ["migratable", "cpu.migratable"],
    ],
  },
  {
    type: "max-arm-cpu",
    needs: "arm-max-cpu",
    properties: [
      ["unavailable-features", "cpu-unavailable-features"],
      ["kvm-no-adjvtime", "cpu.kvm-no-adjvtime"],
      ["migratable", "cpu.migratable"],
    ],
  },
];

/** Properties of machine types (`qom-list-properties` of TYPE-machine). */
export const machineRules: readonly PropertyRule[] = [
  {
    type: "pseries",
    properties: [
      ["cap-hpt-max-page-size", "machine.pseries.cap-hpt-max-page-size"],
      ["cap-htm", "machine.pseries.cap-htm"],
      ["cap-nested-hv", "machine.pseries.cap-nested-hv"],
      ["cap-ccf-assist", "machine.pseries.cap-ccf-assist"],
      ["cap-cfpc", "machine.pseries.cap-cfpc"],
      ["cap-sbbc", "machine.pseries.cap-sbbc"],
      ["cap-ibs", "machine.pseries.cap-ibs"],
    ],
  },
  { type: "virt", properties: [["iommu", "machine.virt.iommu"]] },
  { type: "none", properties: [["confidential-guest-support", "confidential-guest-support"]] },
];

/** Options of `query-command-line-options`, and a parameter of each (none: the option itself). */
export const optionFlags: readonly (readonly [option: string, parameter: string | undefined, flag: CapabilityFlag])[] =
  [
    ["fsdev", "multidevs", "fsdev.multidevs"],
    ["machine", "hpet", "machine-hpet"],
    ["machine", "aes-key-wrap", "aes-key-wrap"],
    ["machine", "dea-key-wrap", "dea-key-wrap"],
    ["machine", "loadparm", "loadparm"],
    ["sandbox", undefined, "seccomp-sandbox"],
    ["spice", undefined, "spice"],
    ["spice", "gl", "spice-gl"],
    ["spice", "rendernode", "spice-rendernode"],
    ["vnc", "power-control", "vnc-power-control"],
  ];

/** Names of `query-migrate-capabilities`. */
export const migrationFlags: Finds = [["rdma-pin-all", "migrate-rdma"]];

/** Names of `query-tpm-types`. */
export const tpmTypeFlags: Finds = [
  ["passthrough", "tpm-passthrough"],
  ["emulator", "tpm-emulator"],
];
/** Names of `query-tpm-models`. */
export const tpmModelFlags: Finds = [
  ["tpm-tis", "tpm-tis"],
  ["tpm-crb", "tpm-crb"],
  ["tpm-spapr", "tpm-spapr"],
];
