import { ErrorCode } from "@tsvirt/base";
import type { Host, ProcessFacts, ProcessSurroundings } from "@tsvirt/host";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import type { ImportedMonitor, ImportReport } from "@tsvirt/qemu/import";
import { refusal } from "./refusal.ts";

/** A QEMU that somebody started, read from what the kernel says of its process. */
export interface ForeignQemu {
  readonly facts: ProcessFacts;
  readonly surroundings: ProcessSurroundings;
  /** What it runs, with a name; without a UUID if its command line has none. */
  readonly domain: Domain;
  readonly report: ImportReport;
  /** Monitors that its command line opens. */
  readonly monitors: readonly ImportedMonitor[];
}

/**
 * Reads a process as a guest. Nothing is done to it, and no file that its command line names is read. Throws a `VirtError`
 * that says why it is none, and what to do: no such process, ended, no QEMU, another user's, of another file system.
 */
export async function examineProcess(host: Host, pid: number): Promise<ForeignQemu> {
  const facts = host.processes.inspect(pid);
  if (!facts) {
    throw refusal(pid, "there is no process with this number ('tsvirt adopt' lists those that run QEMU)");
  }
  if (facts.state === "Z" || facts.state === "X") {
    throw refusal(pid, "it has ended and is a zombie: there is nothing left to manage");
  }
  const around = await host.processes.surroundings(pid);
  const surroundings = around && { ...around, directory: startDirectory(facts, around) };
  const own = host.users.self.uid;
  if (!surroundings || (own !== 0 && surroundings.uid !== own)) {
    throw refusal(
      pid,
      `it is another user's (uid ${surroundings?.uid ?? "unknown"}, we are ${own}): use qemu:///system`,
      ErrorCode.operationDenied,
    );
  }
  // Few attach to anything: what reads command lines is loaded when someone does.
  const { formatImportedDomain, importProcess, isQemuProgram } = await import("@tsvirt/qemu/import");
  const program = programOf(facts, isQemuProgram);
  if (program === undefined) {
    throw refusal(pid, `'${facts.argv[0] ?? facts.executable ?? ""}' is not QEMU`, ErrorCode.invalidArg);
  }
  if (!surroundings.sharesFiles) {
    throw refusal(
      pid,
      "it has other file systems than this daemon (a container, or a service with private directories), so that the paths " +
        "of its images and of its monitor mean nothing here: attach with a daemon that runs there",
    );
  }
  const { domain, report, monitors } = importProcess(
    { argv: [program, ...facts.argv.slice(1)], environment: surroundings.environment },
    { arch: host.node.architecture, directory: surroundings.directory },
  );
  if (domain.name === "") domain.name = `attach-pid-${pid}`;
  if (domain.uuid !== undefined && /^[0-]+$/.test(domain.uuid)) delete domain.uuid;
  // A document has to be one that can be read again: by clients, and by the daemon that takes the guest over.
  parseDomain(formatImportedDomain(domain));
  return { facts, surroundings, domain, report, monitors };
}

/**
 * The directory that relative paths of a command line are in. A QEMU that has put itself into the background left it for the root
 * directory when it had opened everything: the shell's word is all there is then.
 */
function startDirectory({ argv }: ProcessFacts, { directory, environment }: ProcessSurroundings): string | undefined {
  if (!argv.some((word) => /^--?daemonize$/.test(word))) return directory;
  const { PWD: named = "" } = environment;
  return named.startsWith("/") ? named : undefined;
}

/** The emulator's path. Wrappers of some distributions give QEMU's file another name. */
function programOf(
  { executable = "", argv: [first = ""] }: ProcessFacts,
  isQemu: (path: string) => boolean,
): string | undefined {
  // The file of a QEMU that was updated meanwhile.
  const path = executable.replace(/ \(deleted\)$/, "");
  if (isQemu(path)) return path;
  if (!isQemu(first)) return undefined;
  return first.startsWith("/") || path === "" ? first : path;
}
