import { ErrorCode, virtError } from "@tsvirt/base";
import { Domain, noDevices } from "@tsvirt/model/domain";
import { archOfEmulator, isXenner, XENNER_MACHINE } from "../legacy/profile.ts";
import { type Argument, readArguments } from "./argument.ts";
import { finishDocument } from "./assemble.ts";
import { nameBoardBuses } from "./controllers.ts";
import { orPass } from "./device-reader.ts";
import { deviceOf, readerOf } from "./devices.ts";
import { Draft, type ImportHost } from "./draft.ts";
import { expandConfig, joinSettings } from "./expand.ts";
import { readNets } from "./legacy-network.ts";
import { readSmp } from "./machine.ts";
import { readNuma } from "./memory.ts";
import type { ImportedMonitor } from "./monitors.ts";
import { commandOfProcess, type NativeCommand, readNativeCommand } from "./native-command.ts";
import { baseName, isQemuProgram } from "./option-syntax.ts";
import { isDefinition, optionReaders, type Phase } from "./options.ts";
import type { ArgumentReport, ImportReport } from "./report.ts";
import { applyWrappers } from "./wrappers.ts";

/** How a command line is imported. */
export interface ImportOptions extends ImportHost {
  /** The guest's name; instead of that of `-name`. */
  readonly name?: string | undefined;
  /** Where QEMU is run: relative paths are made absolute with it. Without it they stay, with a note. */
  readonly directory?: string | undefined;
}

/** A document and what became of each argument. */
export interface ImportedDomain {
  /** Without a name (an empty one) if neither the command line nor the options have one. */
  readonly domain: Domain;
  readonly report: ImportReport;
  /** The monitors it opens; what stands in for them is libvirt's own. */
  readonly monitors: readonly ImportedMonitor[];
}

/** What the kernel says of a process that runs QEMU. */
export interface QemuProcess {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a QEMU command line into a domain document: shell syntax with environment and wrappers, or a JSON list of arguments.
 * What has no place in a document is handed on in `<qemu:commandline>`; what would be wrong there is left out; the report says
 * which is which. Nothing is started or looked up. Throws a `VirtError` for a text without a command line of QEMU.
 */
export function importCommandLine(text: string, options: ImportOptions = {}): ImportedDomain {
  return importCommand(readNativeCommand(text), options);
}

/** {@link importCommandLine} of a running process: of its whole environment only what QEMU heeds is taken. */
export function importProcess({ argv, environment = {} }: QemuProcess, options: ImportOptions = {}): ImportedDomain {
  return importCommand(commandOfProcess(argv, environment), options);
}

function importCommand(command: NativeCommand, options: ImportOptions): ImportedDomain {
  const domain = emptyDomain(command, options);
  const draft = new Draft(domain, options);
  draft.old = isOldProgram(command.program.text);
  for (const { name, value } of command.environment) draft.environment.set(name, value);
  const notes = [...command.notes];
  const args = joinSettings(
    expandConfig(
      readArguments(command.args, (option) => Object.hasOwn(optionReaders, option)),
      options,
    ),
  );
  if (!isQemuProgram(command.program.text) && !args.some((argument) => readerOfOption(argument))) {
    throw virtError(ErrorCode.invalidArg, "there is no command line of QEMU in this text");
  }
  readAll(draft, args);
  const environment = applyWrappers(draft, command, notes);
  if (options.name !== undefined) domain.name = options.name;
  const places = finishDocument(draft, args, {
    command,
    named: options.name !== undefined,
    directory: options.directory,
    notes,
  });
  return {
    domain,
    monitors: draft.monitors,
    report: {
      arguments: [
        ...environment,
        ...args.map(
          (argument): ArgumentReport => ({
            line: argument.line,
            column: argument.column,
            words: argument.words,
            fate: argument.fate ?? "commandline",
            where: places(argument),
            notes: argument.notes,
          }),
        ),
      ],
      notes,
    },
  };
}

/** The document of an import as text. Nothing is filled in; sizes have no unit where they need none. */
export function formatImportedDomain(domain: Domain): string {
  return Domain.format(domain, { live: false, secrets: true, units: false });
}

const order: readonly Phase[] = ["board", "numa", "controller", "device", "last", "net"];

/** Reads all arguments, phase by phase. */
function readAll(draft: Draft, args: readonly Argument[]): void {
  const phaseOf = (argument: Argument): Phase | undefined => phaseOfArgument(draft, argument);
  for (const argument of args) {
    const reader = readerOfOption(argument);
    if (argument.option === "drive") orPass(argument, () => isDefinition(draft, argument));
    else if (reader?.phase === "define") orPass(argument, () => reader.read(draft, argument));
  }
  for (const phase of order) {
    // Which phase a device belongs to depends on the board, which is known by now.
    const now = args.filter((argument) => phaseOf(argument) === phase);
    if (phase === "numa") {
      for (const argument of now) if (argument.option === "smp") orPass(argument, () => readSmp(draft, argument));
      const numa = now.filter(({ option }) => option === "numa");
      readNuma(draft, numa);
      nameBoardBuses(draft);
    } else if (phase === "net") {
      const nets = now.filter(({ option }) => option === "net");
      if (nets.length > 0) draft.said.add("network");
      readNets(draft, nets);
    } else for (const argument of now) orPass(argument, () => readerOfOption(argument)?.read(draft, argument));
  }
}

function readerOfOption({ option }: Argument): (typeof optionReaders)[string] | undefined {
  return Object.hasOwn(optionReaders, option) ? optionReaders[option] : undefined;
}

function phaseOfArgument(draft: Draft, argument: Argument): Phase | undefined {
  if (argument.fate !== undefined) return undefined;
  if (argument.option === "device") {
    let phase: Phase = "device";
    orPass(argument, () => {
      const when = readerOf(deviceOf(draft, argument).driver)?.when;
      if (when !== undefined) phase = when === "first" ? "controller" : "last";
    });
    return phase;
  }
  // A drive that only a device makes a disk of.
  if (argument.option === "drive" && [...draft.drives.values()].some((each) => each.argument === argument))
    return "define";
  return readerOfOption(argument)?.phase;
}

/** QEMU was called `qemu` until version 1.0: what has that name is of the time before `-device`, and so is Xenner. */
function isOldProgram(path: string): boolean {
  return baseName(path) === "qemu" || isXenner(path);
}

function emptyDomain({ program }: NativeCommand, host: ImportHost): Domain {
  const arch = archOfEmulator(program.text, host.arch ?? "x86_64");
  const xenner = isXenner(program.text);
  const kvm = xenner || /(?:^|\/)(?:qemu-)?kvm[^/]*$/.test(program.text);
  const x86 = arch === "x86_64" || arch === "i686";
  return {
    type: kvm ? "kvm" : "qemu",
    name: "",
    memory: { kib: 131_072 },
    currentMemory: 131_072,
    vcpu: { count: 1 },
    sysinfos: [],
    os: {
      type: { arch, ...(x86 && { machine: xenner ? XENNER_MACHINE : "pc" }), value: xenner ? "xen" : "hvm" },
      initargs: [],
      initenvs: [],
      boots: [],
    },
    clock: { offset: "utc", timers: [] },
    onPoweroff: "destroy",
    onReboot: "restart",
    onCrash: "destroy",
    devices: { ...noDevices(), emulator: program.text },
    seclabels: [],
  };
}
