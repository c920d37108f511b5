import { VirtError } from "@tsvirt/base";
import { type CommandLine, shellLines } from "@tsvirt/qemu";
import type { QemuDriver } from "../qemu-driver.ts";

/** The line that opens a run in a guest's log. */
export interface StartFacts {
  readonly version: string;
  readonly packageVersion: string | undefined;
  readonly qemuVersion: string;
  readonly kernel: string;
  readonly hostname: string;
}

/** `2026-11-24 15:27:08.233+0000`, as libvirt stamps its lines. `now` is in milliseconds since the epoch. */
export function logStamp(now: number): string {
  return `${new Date(now).toISOString().replace("T", " ").replace("Z", "")}+0000`;
}

/** The start of a run: who starts it, and the whole command line so that it can be read and repeated. */
export function startEntry(
  now: number,
  facts: StartFacts,
  line: Pick<CommandLine, "emulator" | "args" | "env">,
): string {
  const by = facts.packageVersion === undefined ? facts.version : `${facts.version}, package: ${facts.packageVersion}`;
  const head = `${logStamp(now)}: starting up libvirt version: ${by}, qemu version: ${facts.qemuVersion}, kernel: ${facts.kernel}, hostname: ${facts.hostname}\n`;
  return `${head}${shellLines(line).join(" \\\n")}\n`;
}

/** The guest is no longer what was asked for: libvirt's taints, one line each. */
export function taintEntry(now: number, id: number, taint: string): string {
  return `${logStamp(now)}: Domain id=${id} is tainted: ${taint}\n`;
}

/** The end of a run. */
export function stopEntry(now: number, reason: string): string {
  return `${logStamp(now)}: shutting down, reason=${reason}\n`;
}

/**
 * What QEMU itself said last, for start errors: the log from `offset` on without our own lines, as one text. `maxLength`
 * characters at most, the last ones.
 */
export function lastWords(log: string, maxLength = 1024): string {
  const words = log
    .split("\n")
    // QEMU's timestamps have a T; libvirt's own lines, ours and the character device notices do not count.
    .filter((line) => line !== "" && !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000: /.test(line))
    .filter((line) => !/char device redirected to/.test(line))
    .join("\n");
  return words.slice(-maxLength).trim();
}

/** Appends to a guest's log; a log that cannot be written (full disk) is a warning, never a reason to fail. */
export async function appendToLog(driver: QemuDriver, name: string, text: string): Promise<void> {
  try {
    await driver.host.files.append(driver.layout.domainLog(name), text, 0o600);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("guest's log not written", { domain: name, error: error.message });
  }
}

/** How long a guest's log is now. */
export async function logSize(driver: QemuDriver, name: string): Promise<number> {
  return Number((await driver.host.files.facts(driver.layout.domainLog(name)))?.size ?? 0n);
}

/** What was written to a guest's log since it had that length; the last 64 KiB of it. */
export async function readLogFrom(driver: QemuDriver, name: string, offset: number): Promise<string> {
  const size = await logSize(driver, name);
  const from = Math.max(offset, size - 64 * 1024);
  if (size <= from) return "";
  const bytes = await driver.host.files.readPart(driver.layout.domainLog(name), from, size - from);
  return new TextDecoder().decode(bytes);
}
