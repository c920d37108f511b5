import type { OsNvram } from "@tsvirt/model/domain";
import { LaunchSecurityObject } from "../argv/declarations/backends.ts";
import { Action } from "../argv/declarations/legacy-options.ts";
import { Accel, Boot, Compat, Machine, Name, Overcommit, Rtc, Smp } from "../argv/declarations/machine-options.ts";
import type { Argument } from "./argument.ts";
import { readGraph } from "./block-graph.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { leftText } from "./left.ts";
import { addEnclaveMemory, readRam } from "./memory.ts";
import { kibOfSize, numberOf, present, presentOrNone, wordOf, wrote } from "./values.ts";

/** `-name`: the guest; the names of processes and threads are a matter of qemu.conf. */
export function readName(draft: Draft, argument: Argument): void {
  const { guest, process, "debug-threads": _threads, rest } = Name.parsePartial(argument.value);
  if (guest === undefined || guest === "") throw new NoPlaceError("there is no name in it");
  draft.domain.name = guest;
  argument.place("/domain/name");
  if (process !== undefined) argument.note("qemu.conf says whether processes have the guest's name (set_process_name)");
  for (const left of Object.keys(rest ?? {})) argument.note(`'${left}' has no counterpart`);
}

/** The accelerators of `-accel` and `-machine accel=`: the first one that documents know. */
function setAccelerator(draft: Draft, names: string, argument: Argument): void {
  const list = names.split(":");
  const known = list.find((name) => name === "kvm" || name === "tcg" || name === "hvf");
  if (known === undefined) throw new NoPlaceError(`the accelerator '${names}' has no counterpart`);
  draft.domain.type = known === "tcg" ? "qemu" : known === "hvf" ? "hvf" : "kvm";
  argument.place("/domain/@type");
  if (list.length > 1) argument.note(`a document has one accelerator: '${known}' of ${names}`);
}

/** `-accel`: the domain's type, and two settings of the accelerators. */
export function readAccel(draft: Draft, argument: Argument): void {
  const text = argument.value;
  const accel = /^(?:accel=)?([^,]*)/.exec(text)?.[1] ?? "";
  // The declaration knows the accelerators of documents only.
  const {
    "dirty-ring-size": ring,
    "tb-size": tb,
    rest,
  } = Accel.parsePartial(text.replace(/^(?:accel=)?[^,]*,?/, "accel=tcg,"));
  if (draft.accelSaid) argument.note("a document has one accelerator: the first one counts");
  else setAccelerator(draft, accel, argument);
  draft.accelSaid = true;
  if (ring !== undefined)
    draft.features.kvm = { ...draft.features.kvm, dirtyRing: { state: true, size: Number(ring) } };
  if (tb !== undefined) draft.features.tcg = { tbCache: Number(tb) * 1024 };
  argument.place("/domain/@type");
  const left = leftText({ rest });
  if (left !== "") throw new NoPlaceError(`'${left}' of the accelerator has no counterpart`);
}

/** `-machine`: the type, and what the board has. What has no place is handed on: QEMU adds it to what was said before. */
export function readMachine(draft: Draft, argument: Argument): void {
  const {
    type,
    usb,
    vmport,
    smm,
    kernel_irqchip: irqchip,
    "dump-guest-core": dumpCore,
    "mem-merge": memMerge,
    nvdimm: _nvdimm,
    "aes-key-wrap": aes,
    "dea-key-wrap": dea,
    "gic-version": gic,
    iommu,
    hmat: _hmat,
    "confidential-guest-support": security,
    "memory-backend": ram,
    pflash0,
    pflash1,
    hpet,
    loadparm,
    "resize-hpt": resizing,
    "cap-hpt-max-page-size": maxpagesize,
    "cap-htm": htm,
    "cap-nested-hv": nestedHv,
    "cap-ccf-assist": ccfAssist,
    "cap-cfpc": cfpc,
    "cap-sbbc": sbbc,
    "cap-ibs": ibs,
    "max-cpu-compat": cpuCompat,
    "sgx-epc": sgx,
    rest,
    ...left
  } = Machine.parsePartial(argument.value);
  const { accel, acpi, kvm_shadow_mem: _shadow, ...others } = rest ?? {};
  const { domain, features } = draft;
  if (type === "help" || type === "?") throw new NoPlaceError("only shows what there is");
  if (type !== undefined) {
    domain.os.type.machine = type;
    argument.place("/domain/os/type/@machine");
  }
  if (typeof accel === "string") setAccelerator(draft, accel, argument);
  if (usb === true) draft.said.add("usb");
  if (vmport !== undefined) features.vmport = vmport;
  if (smm !== undefined) features.smm = { ...features.smm, state: smm };
  if (irqchip === "split") features.ioapic = "qemu";
  else if (irqchip === "on") features.ioapic = "kvm";
  if (dumpCore === true) domain.memory = { kib: 0, ...domain.memory, dumpCore };
  if (memMerge === false) domain.memoryBacking = { ...domain.memoryBacking, nosharepages: true };
  const ciphers = [
    ...(aes === undefined ? [] : [{ name: "aes" as const, state: aes }]),
    ...(dea === undefined ? [] : [{ name: "dea" as const, state: dea }]),
  ];
  if (ciphers.length > 0) domain.keywrap = { ciphers };
  const gicVersion = wordOf(gic, "2", "3", "host");
  if (gicVersion !== undefined) features.gic = { version: gicVersion };
  if (iommu === "smmuv3") draft.devices.iommu = { model: "smmuv3" };
  const hpt = presentOrNone({
    resizing: wordOf(resizing, "enabled", "disabled", "required"),
    maxpagesize: kibOfSize(maxpagesize, 1),
  });
  Object.assign(
    features,
    present({
      hpt,
      htm,
      nestedHv,
      ccfAssist,
      cfpc: wordOf(cfpc, "broken", "workaround", "fixed"),
      sbbc: wordOf(sbbc, "broken", "workaround", "fixed"),
      ibs: wordOf(ibs, "broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na"),
    }),
  );
  draft.cpuCompat = cpuCompat;
  for (const { memdev, node } of sgx ?? []) addEnclaveMemory(draft, memdev, Number(node));
  draft.loadparm = loadparm;
  if (acpi === "off") draft.noAcpi = true;
  if (hpet !== undefined) draft.timers.push({ name: "hpet", present: hpet });
  if (security !== undefined) readSecurity(draft, security);
  if (ram !== undefined) readRam(draft, ram);
  if (pflash0 !== undefined) readFlash(draft, pflash0, "loader");
  if (pflash1 !== undefined) readFlash(draft, pflash1, "nvram");
  argument.place("/domain/os/type");
  const more = leftText({
    ...left,
    rest: others,
    ...(irqchip !== undefined && irqchip !== "split" && irqchip !== "on" && { kernel_irqchip: irqchip }),
    ...(gic !== undefined && gicVersion === undefined && { "gic-version": gic }),
    ...(iommu !== undefined && iommu !== "smmuv3" && { iommu }),
  });
  if (more === "") return;
  argument.note(`'${more}' has no counterpart and is handed on`);
  draft.passWords(argument, ["-machine", more]);
}

/** The object that encrypts the guest's memory. */
function readSecurity(draft: Draft, id: string): void {
  const found = draft.objects.get(id);
  if (!found) throw new NoPlaceError(`there is no object '${id}'`);
  const keys = LaunchSecurityObject.parsePartial(found.value.text);
  found.argument.place("/domain/launchSecurity");
  if (keys["qom-type"] === "s390-pv-guest") {
    draft.domain.launchSecurity = { type: "s390-pv" };
    return;
  }
  const { cbitpos, "reduced-phys-bits": reduced, policy, "kernel-hashes": kernelHashes } = keys;
  for (const file of ["dh-cert-file", "session-file"] as const) {
    if (keys[file] !== undefined) found.argument.note(`the contents of ${file} belong into the document`);
  }
  draft.domain.launchSecurity = {
    type: "sev",
    ...present({
      kernelHashes,
      cbitpos: numberOf(cbitpos),
      reducedPhysBits: numberOf(reduced),
      policy: numberOf(policy),
      // What cannot be read here is made up for by a start that fails with a reason.
      dhCert: keys["dh-cert-file"],
      session: keys["session-file"],
    }),
  };
}

/** A flash image that a node stands for. */
function readFlash(draft: Draft, node: string, which: "loader" | "nvram"): void {
  const graph = readGraph(draft, node);
  if (!graph) throw new NoPlaceError(`there is no node '${node}'`);
  const { source, type, format, readonly, definitions } = graph;
  const path = source.file ?? source.dev;
  for (const { argument } of definitions) argument.place(`/domain/os/${which}`);
  if (which === "loader") {
    if (path === undefined) throw new NoPlaceError("firmware that is not in a file has no counterpart");
    setLoader(draft, path, { readonly, ...(format !== "raw" && { format }) });
    return;
  }
  const nvram: OsNvram = type === "file" && path !== undefined ? { path } : { type, source };
  draft.domain.os.nvram = { ...(format !== "raw" && { format }), ...nvram };
}

/** Firmware in flash. */
export function setLoader(
  draft: Draft,
  path: string,
  options: { readonly readonly?: boolean; readonly format?: NonNullable<OsNvram["format"]> },
): void {
  draft.domain.os.loader = { ...draft.domain.os.loader, ...options, type: "pflash", path };
}

/** `-smp`: how many CPUs, and their topology if it is not libvirt's own. */
export function readSmp(draft: Draft, argument: Argument): void {
  const { cpus, maxcpus, sockets, dies, cores, threads, rest } = Smp.parsePartial(argument.value);
  const { clusters, ...others } = rest ?? {};
  const [left] = Object.keys(others);
  if (left !== undefined || (clusters !== undefined && wrote(clusters) !== "1"))
    throw new NoPlaceError(`'${left ?? "clusters"}' of the CPUs has no counterpart`);
  const given = {
    sockets: numberOf(sockets),
    dies: numberOf(dies),
    cores: numberOf(cores),
    threads: numberOf(threads),
  };
  const product = Object.values(given).reduce<number>((all, part) => all * (part ?? 1), 1);
  const count = Number(maxcpus ?? cpus ?? product);
  const current = Number(cpus ?? maxcpus ?? product);
  const { domain } = draft;
  domain.vcpu = { ...domain.vcpu, count, ...(current !== count && { current }) };
  argument.place("/domain/vcpu");
  const topology = topologyOf(count, given, !prefersSockets(draft));
  if (topology.sockets * topology.dies * topology.cores * topology.threads !== count) {
    throw new NoPlaceError(`the topology does not add up to ${count} virtual CPUs`);
  }
  // Sockets alone are what libvirt says anyway.
  if (dies === undefined && topology.sockets === count) return;
  domain.cpu = {
    features: [],
    pages: [],
    ...domain.cpu,
    topology,
  };
  argument.place("/domain/cpu/topology");
}

type Topology = Readonly<Record<"sockets" | "dies" | "cores" | "threads", number>>;

/** What QEMU makes of the parts of a topology that are not said: cores or sockets first, threads if both are said. */
function topologyOf(
  count: number,
  given: { readonly [K in keyof Topology]: number | undefined },
  coresFirst: boolean,
): Topology {
  const dies = given.dies ?? 1;
  let { sockets, cores, threads } = given;
  const share = (...others: readonly (number | undefined)[]): number =>
    Math.max(1, Math.floor(count / others.reduce<number>((all, part) => all * (part ?? 1), dies)));
  if (coresFirst ? cores === undefined : cores === undefined && sockets !== undefined) {
    sockets ??= 1;
    threads ??= 1;
    cores = share(sockets, threads);
  } else if (sockets === undefined) {
    cores ??= 1;
    threads ??= 1;
    sockets = share(cores, threads);
  }
  threads ??= share(sockets, cores);
  return { sockets, dies, cores: cores ?? 1, threads };
}

/** Machines of before QEMU 6.2 make sockets of CPUs that nobody has said more of; so did all QEMUs of old. */
function prefersSockets({ domain, old }: Draft): boolean {
  const version = /-(\d+)\.(\d+)(?:\.\d+)?$/.exec(domain.os.type.machine ?? "");
  if (old || /rhel/.test(domain.os.type.machine ?? "")) return true;
  return version !== null && Number(version[1]) * 100 + Number(version[2]) < 602;
}

/** `-overcommit`: whether memory is locked. */
export function readOvercommit(draft: Draft, argument: Argument): void {
  const { "mem-lock": lock, rest: others } = Overcommit.parsePartial(argument.value);
  const { "cpu-pm": cpuPm, ...rest } = others ?? {};
  if (lock === true) {
    draft.domain.memoryBacking = { ...draft.domain.memoryBacking, locked: true };
    argument.place("/domain/memoryBacking/locked");
  } else argument.imply();
  const left = leftText({ rest: { ...rest, ...(cpuPm !== undefined && cpuPm !== "off" && { "cpu-pm": cpuPm }) } });
  if (left !== "") throw new NoPlaceError(`'${left}' has no counterpart`);
}

/** `-rtc`: the clock's base, and two policies of the timer `rtc`. */
export function readRtc(draft: Draft, argument: Argument): void {
  const { base = "utc", clock, driftfix, rest } = Rtc.parsePartial(argument.value);
  const left = leftText({ rest });
  if (left !== "") throw new NoPlaceError(`'${left}' of the clock has no counterpart`);
  setClock(draft, base);
  const track = clock === undefined ? undefined : clock === "vm" ? "guest" : clock === "rt" ? "realtime" : "wall";
  const timer = presentOrNone({ track, tickpolicy: driftfix === "slew" ? ("catchup" as const) : undefined } as const);
  if (timer) draft.timers.push({ name: "rtc", ...timer });
  argument.place("/domain/clock");
}

/** The clock's base: a word, or a time. */
export function setClock(draft: Draft, base: string): void {
  const timers = draft.timers;
  if (base === "localtime") {
    const zone = draft.environment.get("TZ");
    draft.domain.clock =
      zone === undefined ? { offset: "localtime", timers } : { offset: "timezone", timezone: zone, timers };
    return;
  }
  if (base === "utc") {
    draft.domain.clock = { offset: "utc", timers };
    return;
  }
  const seconds = Date.parse(/[zZ]$/.test(base) ? base : `${base}Z`) / 1000;
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw new NoPlaceError(`'${base}' is no time`);
  draft.domain.clock = { offset: "absolute", start: BigInt(seconds), timers };
}

const bootLetters = { a: "fd", b: "fd", c: "hd", d: "cdrom", n: "network" } as const;

/** `-boot`: letters, or what the firmware does. */
export function readBoot(draft: Draft, argument: Argument): void {
  const text = /^[a-z]+$/.test(argument.value) ? `order=${argument.value}` : argument.value;
  const { order, menu, "reboot-timeout": reboot, "splash-time": splash, strict, rest } = Boot.parsePartial(text);
  const { once, splash: picture, ...others } = rest ?? {};
  const { os } = draft.domain;
  draft.strictBoot ||= strict === true;
  const letters = order ?? (typeof once === "string" ? once : undefined);
  if (once !== undefined) argument.note("a document has one boot order, for the first start as for all others");
  for (const letter of letters ?? "") {
    const name = wordOf(letter, "a", "b", "c", "d", "n");
    if (name === undefined) throw new NoPlaceError(`'${letter}' is no boot device of documents`);
    if (!os.boots.includes(bootLetters[name])) os.boots.push(bootLetters[name]);
  }
  if (menu !== undefined) os.bootmenu = { enable: menu, ...(splash !== undefined && { timeout: Number(splash) }) };
  if (reboot !== undefined) os.bios = { ...os.bios, rebootTimeout: Number(reboot) };
  if (letters === undefined && menu === undefined && reboot === undefined && strict !== undefined) argument.imply();
  else argument.place("/domain/os");
  const left = leftText({
    rest: others,
    ...(picture !== undefined && { splash: picture }),
    ...(menu === undefined && splash !== undefined && { "splash-time": splash }),
  });
  if (left !== "") {
    argument.note(`'${left}' has no counterpart and is handed on`);
    draft.passWords(argument, ["-boot", left]);
  }
}

/** `-compat`: what becomes of QMP that is on its way out. */
export function readCompat(draft: Draft, argument: Argument): void {
  const { "deprecated-output": output, "deprecated-input": input, rest } = Compat.parsePartial(argument.value);
  const left = leftText({ rest });
  if (left !== "") throw new NoPlaceError(`'${left}' has no counterpart`);
  const behavior = input === undefined ? (output === "hide" ? "omit" : undefined) : wordOf(input, "reject", "crash");
  if (behavior === undefined) {
    argument.imply();
    return;
  }
  draft.domain.qemuDeprecation = { behavior };
  argument.place("/domain/deprecation");
}

/** `-action`, and the options of old that say parts of it. */
export function readAction(draft: Draft, argument: Argument): void {
  const { reboot, shutdown, panic, watchdog, rest } = Action.parsePartial(argument.value);
  const left = leftText({ rest });
  if (left !== "") throw new NoPlaceError(`'${left}' has no counterpart`);
  const { domain } = draft;
  if (reboot !== undefined) domain.onReboot = reboot === "shutdown" ? "destroy" : "restart";
  if (panic !== undefined) domain.onCrash = panic === "pause" ? "preserve" : "destroy";
  if (watchdog !== undefined) draft.watchdogAction = watchdog;
  if (reboot === undefined && panic === undefined && watchdog === undefined) argument.imply();
  else if (watchdog === undefined) argument.place("/domain");
  else argument.place("/domain/devices/watchdog/@action");
  if (shutdown === "pause") argument.note("libvirt keeps QEMU running over a shutdown and decides by on_poweroff");
}
