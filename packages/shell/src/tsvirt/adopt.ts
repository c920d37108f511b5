// `tsvirt adopt`: QEMUs that nobody manages, what attaching to each would do, and doing it.
import { parseArgs } from "node:util";
import { ErrorCode, silentLogger, VirtError } from "@tsvirt/base";
import { type Connection, connect } from "@tsvirt/client";
import { qemuAttach } from "@tsvirt/client/qemu";
import type { SurveyedQemu } from "@tsvirt/driver/attach";
import { ShellError } from "../vsh/errors.ts";
import type { ShellIo } from "../vsh/io.ts";
import { Output } from "../vsh/output.ts";
import { errorLines } from "../vsh/shell.ts";

/** What the command takes. */
export const ADOPT_USAGE = `usage: tsvirt adopt [--connect URI] [--json] [--dry-run] [PID...]

Without a PID: lists the QEMU processes of this host that no daemon manages, and what attaching to each would do: the domain's name,
the monitor that would be used, what of the command line has no place in a domain document, or why it cannot be done. Changes
nothing; monitors are greeted and left at once.

With PIDs: makes a domain of each, in the daemon. Its QEMU keeps running, and so it does when the daemon ends.

  --connect URI   the daemon; as for tsvirsh
  --dry-run       with PIDs: only say what would be done
  --json          as one JSON value

Exit status: 0 if it is done or can be, 1 after an error or if one of the named processes cannot be attached to.
`;

/** Runs the command; resolves with the exit status. */
export async function adopt(argv: readonly string[], io: ShellIo): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        connect: { type: "string", short: "c" },
        json: { type: "boolean" },
        "dry-run": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      io.out(ADOPT_USAGE);
      return 0;
    }
    const pids = positionals.map(pidOf);
    const out = new Output(io, values.json ? "json" : "text", true);
    const status =
      pids.length > 0 && values["dry-run"] !== true
        ? await attachAll(out, io, pids, values.connect)
        : await show(out, io, pids);
    out.finish();
    return status;
  } catch (error) {
    for (const line of errorLines(error)) io.err(`error: ${line}\n`);
    return 1;
  }
}

function pidOf(word: string): number {
  if (/^[1-9]\d{0,9}$/.test(word)) return Number(word);
  throw new ShellError(`'${word}' is not the number of a process; see tsvirt adopt --help`);
}

async function show(out: Output, io: ShellIo, pids: readonly number[]): Promise<number> {
  const found = await survey(io, pids);
  if (found.length === 0) out.print("No QEMU runs here that is not managed.\n");
  for (const each of found) for (const line of linesOf(each)) out.print(`${line}\n`);
  out.json(
    found.map(({ pid, name, uuid, emulator, monitor, passedOver, unplaced, refusal }) => ({
      pid,
      name: name ?? null,
      uuid: uuid ?? null,
      emulator: emulator ?? null,
      monitor: monitor ?? null,
      passedOver: passedOver.map((other) => ({ ...other })),
      unplaced: unplaced.map((argument) => ({ ...argument })),
      refusal: refusal ?? null,
    })),
  );
  return pids.length > 0 && found.some(({ refusal }) => refusal !== undefined) ? 1 : 0;
}

async function survey(io: ShellIo, pids: readonly number[]): Promise<readonly SurveyedQemu[]> {
  let parts: [typeof import("@tsvirt/driver/attach"), typeof import("@tsvirt/host")];
  try {
    parts = await Promise.all([import("@tsvirt/driver/attach"), import("@tsvirt/host")]);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw new ShellError("looking at processes needs the packages @tsvirt/driver and @tsvirt/host");
  }
  const [{ surveyProcesses }, { Layout, openHost }] = parts;
  const stateDirectories = [Layout.system(), ...(io.env.HOME === undefined ? [] : [Layout.session(io.env)])].map(
    ({ qemuStateDirectory }) => qemuStateDirectory,
  );
  return surveyProcesses(openHost(), silentLogger, { stateDirectories, ...(pids.length > 0 && { pids }) });
}

/** What there is to say of one process. */
export function linesOf({ pid, name, uuid, monitor, passedOver, unplaced, refusal }: SurveyedQemu): string[] {
  const lines = [`${pid} ${name ?? "?"}`];
  const add = (what: string, text: string): void => void lines.push(`  ${what.padEnd(14)}${text}`);
  if (refusal === undefined)
    add("would become", `domain '${name ?? ""}'${uuid === undefined ? ", with a new UUID" : ` (${uuid})`}`);
  else add("cannot", refusal);
  if (monitor !== undefined) add("monitor", monitor);
  for (const { monitor: other, reason } of refusal === undefined ? passedOver : [])
    add("passed over", `${other}: ${reason}`);
  for (const { argument, fate, notes } of unplaced) {
    const where = fate === "commandline" ? "shown in <qemu:commandline>" : "not in the document";
    add("argument", `${argument}: ${where}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`);
  }
  return lines;
}

async function attachAll(out: Output, io: ShellIo, pids: readonly number[], uri: string | undefined): Promise<number> {
  await using connection = await connect(uri);
  const done: { pid: number; name: string | null; uuid: string | null; error: string | null }[] = [];
  for (const pid of pids) {
    try {
      const { name, uuid } = await attach(connection, pid);
      out.print(`${pid} is domain '${name}'\n`);
      done.push({ pid, name, uuid, error: null });
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      for (const line of errorLines(error)) io.err(`error: ${line}\n`);
      done.push({ pid, name: null, uuid: null, error: error.message });
    }
  }
  out.json(done);
  return done.some(({ error }) => error !== null) ? 1 : 0;
}

async function attach(connection: Connection, pid: number): Promise<{ readonly name: string; readonly uuid: string }> {
  try {
    return await qemuAttach(connection, pid);
  } catch (error) {
    if (!(error instanceof VirtError) || error.code !== ErrorCode.noSupport) throw error;
    throw new ShellError("this daemon cannot attach to processes: it is libvirt's from version 5.5 on; tsvirtd can");
  }
}
