import { type Logger, VirtError } from "@tsvirt/base";
import type { Host } from "@tsvirt/host";
import { parseStatus } from "@tsvirt/qemu/status";
import { withoutHeader } from "../definitions/file.ts";
import { chooseMonitor, nameOf, type PassedOver } from "./choose-monitor.ts";
import { examineProcess } from "./examine.ts";

/** What attaching to a QEMU would do. */
export interface SurveyedQemu {
  readonly pid: number;
  /** The name that its domain would have; `undefined` if its command line cannot be read as a guest's. */
  readonly name: string | undefined;
  /** Absent: a random one would be made. */
  readonly uuid: string | undefined;
  readonly emulator: string | undefined;
  /** The monitor that would be used. */
  readonly monitor: string | undefined;
  readonly passedOver: readonly PassedOver[];
  /** Arguments that have no place in a document, each with the reasons. They would stand in `<qemu:commandline>`, or be left out. */
  readonly unplaced: readonly Unplaced[];
  /** Why it cannot be attached to, and what to do. */
  readonly refusal: string | undefined;
}

/** An argument that has no place in a document. */
export interface Unplaced {
  readonly argument: string;
  readonly fate: "commandline" | "omitted";
  readonly notes: readonly string[];
}

/** What to look at. */
export interface SurveyOptions {
  /** Directories of status files: processes that they name are managed already, and are not listed. */
  readonly stateDirectories: readonly string[];
  /** Only these, whatever they are; else every QEMU of the host that nobody manages. */
  readonly pids?: readonly number[] | undefined;
}

/**
 * Looks at QEMUs that were started by hand and says what attaching to each would do. Nothing is changed; monitors are greeted
 * and left at once.
 */
export async function surveyProcesses(host: Host, log: Logger, options: SurveyOptions): Promise<SurveyedQemu[]> {
  const managed = await managedProcesses(host, options.stateDirectories);
  const pids = options.pids ?? (await unmanaged(host, managed));
  const found: SurveyedQemu[] = [];
  for (const pid of pids) found.push(await survey(host, log, pid, managed.get(pid)));
  return found;
}

/** Domains by the process that each is, as far as status files can be read. */
async function managedProcesses(host: Host, directories: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const managed = new Map<number, string>();
  for (const directory of directories) {
    for (const file of await host.files.readAll(directory, (name) => name.endsWith(".xml"))) {
      if (file.text === undefined) continue;
      try {
        const { pid, process, domain } = parseStatus(withoutHeader(file.text), file.path);
        const startTime = host.processes.inspect(pid)?.startTime;
        if (startTime === undefined || (process && process.startTime !== startTime)) continue;
        managed.set(pid, domain.name);
      } catch (error) {
        // Torn, or of another kind: it names nobody.
        if (!(error instanceof VirtError)) throw error;
      }
    }
  }
  return managed;
}

async function unmanaged(host: Host, managed: ReadonlyMap<number, string>): Promise<number[]> {
  const { isQemuProgram } = await import("@tsvirt/qemu/import");
  const pids = await host.processes.list();
  return pids.filter((pid) => {
    if (managed.has(pid)) return false;
    const facts = host.processes.inspect(pid);
    if (!facts || facts.state === "Z" || facts.state === "X") return false;
    const { executable = "", argv } = facts;
    // What libvirt starts has a monitor of this name, also where the status of its daemon cannot be read.
    if (argv.some((word) => /(?:^|[,:{"])id(?:=|":")charmonitor/.test(word))) return false;
    // QEMU asks itself for what it can do, and ends.
    return argv.length > 1 && [executable.replace(/ \(deleted\)$/, ""), argv[0] ?? ""].some(isQemuProgram);
  });
}

async function survey(host: Host, log: Logger, pid: number, domain: string | undefined): Promise<SurveyedQemu> {
  let seen: Omit<SurveyedQemu, "refusal"> = {
    pid,
    name: undefined,
    uuid: undefined,
    emulator: undefined,
    monitor: undefined,
    passedOver: [],
    unplaced: [],
  };
  try {
    const qemu = await examineProcess(host, pid);
    const { name, uuid, devices } = qemu.domain;
    const unplaced = qemu.report.arguments.flatMap(({ words, fate, notes }): Unplaced[] => {
      const isMonitor = /^--?(?:monitor|qmp|qmp-pretty|mon|chardev)$/.test(words[0] ?? "");
      if ((fate !== "commandline" && fate !== "omitted") || (isMonitor && fate === "omitted")) return [];
      return [{ argument: words.join(" "), fate, notes }];
    });
    seen = { ...seen, name, uuid, emulator: devices?.emulator, unplaced };
    if (domain !== undefined) return { ...seen, refusal: `it is domain '${domain}' already` };
    const { place, passedOver } = await chooseMonitor(host, log, qemu);
    return { ...seen, monitor: nameOf(place), passedOver, refusal: undefined };
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    const reason = error.message.slice(error.message.indexOf(`process ${pid}: `));
    return { ...seen, refusal: reason.replace(`process ${pid}: `, "") };
  }
}
