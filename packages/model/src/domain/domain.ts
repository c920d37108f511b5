import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  i32,
  leaf,
  live,
  once,
  oneOf,
  type Scalar,
  text,
  u32,
  unlessEmpty,
  uuid,
  verbatim,
  writtenIf,
} from "@tsvirt/codec/xml";
import { Clock } from "./clock.ts";
import { Cpu } from "./cpu.ts";
import { Devices } from "./devices.ts";
import { Features } from "./features.ts";
import { IdMap } from "./filesystem.ts";
import { Os } from "./os.ts";
import { QemuCapabilitiesOverride, QemuCommandline, QemuDeprecation, QemuOverride } from "./qemu-namespace.ts";
import { kib } from "./scalars.ts";
import { KeyWrap, LaunchSecurity, Seclabel } from "./security.ts";
import { Sysinfo } from "./sysinfo.ts";
import { unsupportedValue } from "./texts.ts";
import {
  BlkioTune,
  CpuTune,
  DefaultIoThread,
  IoThreadIds,
  MaxMemory,
  Memory,
  MemoryBacking,
  Memtune,
  Numatune,
  Perf,
  PowerManagement,
  Resource,
  VcpuCount,
  Vcpus,
} from "./tuning.ts";

/** Hypervisors (`virDomainVirtType`). */
export const virtType = oneOf(
  "qemu",
  "kvm",
  "xen",
  "lxc",
  "uml",
  "openvz",
  "test",
  "vmware",
  "hyperv",
  "vbox",
  "phyp",
  "parallels",
  "bhyve",
  "vz",
  "hvf",
  "kqemu",
);

const lifecycleAction = oneOf(
  "destroy",
  "restart",
  "rename-restart",
  "preserve",
  "coredump-destroy",
  "coredump-restart",
);

const lifecycle = (
  name: string,
): ReturnType<typeof leaf.optional<NonNullable<ReturnType<typeof lifecycleAction.parse>>>> =>
  leaf.optional(lifecycleAction, name, unsupportedValue(`unknown ${name} action: %s`));

/** A UUID that may still have to be made: the empty text. */
const genid: Scalar<string> = {
  ...uuid,
  emptyIsValue: true,
  parse: (value) => (value.trim() === "" ? "" : uuid.parse(value)),
};

/** A guest. https://libvirt.org/formatdomain.html */
export class Domain extends element("domain", {
  type: unlessEmpty(
    attribute(virtType, undefined, {
      missing: "missing domain type attribute",
      invalid: "invalid domain type %s",
      code: ErrorCode.configUnsupported,
      missingCode: ErrorCode.internalError,
    }),
  ),
  id: live(attribute.optional(i32)),
  /** Empty for a document that is to get its name later: an import of a command line without one. */
  name: writtenIf(
    leaf(text, undefined, { missing: "missing name information", missingCode: ErrorCode.noName }),
    (name) => name !== "",
  ),
  uuid: leaf.optional(uuid, undefined, { invalid: "malformed uuid element", code: ErrorCode.internalError }),
  /** Empty text: to be generated. */
  genid: once(leaf.optional(genid), "element 'genid' can only appear once"),
  title: leaf.optional(text),
  description: leaf.optional(text),
  metadata: verbatim(),
  maxMemory: child.optional(MaxMemory),
  memory: child.optional(Memory),
  /** KiB the guest has now; the balloon's size. */
  currentMemory: kib.optional(undefined, "./currentMemory[1]"),
  blkiotune: child.optional(BlkioTune),
  memtune: child.optional(Memtune),
  memoryBacking: child.optional(MemoryBacking),
  vcpu: child.optional(VcpuCount),
  vcpus: child.optional(Vcpus),
  iothreads: leaf.optional(u32, undefined, { invalid: "invalid iothreads count '%s'" }),
  iothreadids: child.optional(IoThreadIds),
  defaultIothread: child.optional(DefaultIoThread),
  cputune: child.optional(CpuTune),
  numatune: once(child.optional(Numatune), "only one numatune is supported"),
  resource: child.optional(Resource),
  sysinfos: children(Sysinfo),
  bootloader: leaf.optional(text),
  bootloaderArgs: leaf.optional(text, "bootloader_args"),
  os: child(Os, { missing: "an os <type> must be specified", missingCode: ErrorCode.xmlError }),
  idmap: child.optional(IdMap),
  features: child.optional(Features),
  cpu: child.optional(Cpu),
  clock: child.optional(Clock),
  onPoweroff: lifecycle("on_poweroff"),
  onReboot: lifecycle("on_reboot"),
  onCrash: lifecycle("on_crash"),
  onLockfailure: leaf.optional(oneOf("poweroff", "restart", "pause", "ignore"), "on_lockfailure"),
  pm: child.optional(PowerManagement),
  perf: child.optional(Perf),
  devices: child.optional(Devices),
  seclabels: children(Seclabel),
  keywrap: child.optional(KeyWrap),
  launchSecurity: child.optional(LaunchSecurity),
  qemuCommandline: child.optional(QemuCommandline),
  qemuCapabilities: child.optional(QemuCapabilitiesOverride),
  qemuOverride: child.optional(QemuOverride),
  qemuDeprecation: child.optional(QemuDeprecation),
}) {}
