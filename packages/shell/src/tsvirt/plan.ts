// `tsvirt plan`: what a document would change of a guest that is defined, and when. It looks, it changes nothing.
import { parseArgs } from "node:util";
import { ErrorCode, VirtError } from "@tsvirt/base";
import { type Connection, connect, type Domain, DomainXmlFlags } from "@tsvirt/client";
import { problemLine, warningsOf } from "@tsvirt/codec/xml";
import { parseDomain } from "@tsvirt/model/domain";
import { ShellError } from "../vsh/errors.ts";
import type { ShellIo } from "../vsh/io.ts";
import { Output } from "../vsh/output.ts";
import { errorLines } from "../vsh/shell.ts";
import { makePlan, type PlannedChange } from "./plan-changes.ts";
import { readInput } from "./user-files.ts";

/** What the command takes. */
export const PLAN_USAGE = `usage: tsvirt plan [--connect URI] [--json] FILE

Compares the domain document in FILE with the guest of that name or UUID and shows what defining it would change: what can be done
while the guest runs, what takes effect at its next start, and what would need another guest. Changes nothing, and prints nothing
if there is nothing to change.

  --connect URI   the daemon; as for tsvirsh
  --json          as one JSON value

Exit status: 0 if nothing would change, 1 after an error, 2 if something would.
`;

/** Runs the command; resolves with the exit status. */
export async function plan(argv: readonly string[], io: ShellIo): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        connect: { type: "string", short: "c" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      io.out(PLAN_USAGE);
      return 0;
    }
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0) throw new ShellError("expected one FILE; see tsvirt plan --help");
    const xml = await readInput(file);
    const wanted = parseDomain(xml, { file, inactive: true, newUuid: () => "" });
    for (const warning of warningsOf(wanted)) io.err(`${problemLine(warning, file)}\n`);
    await using connection = await connect(values.connect);
    const domain = await find(connection, wanted);
    const out = new Output(io, values.json ? "json" : "text", true);
    const status = domain === undefined ? notDefined(out, wanted.name) : await show(out, domain, xml, file);
    out.finish();
    return status;
  } catch (error) {
    for (const line of errorLines(error)) io.err(`error: ${line}\n`);
    if (error instanceof VirtError) for (const line of error.details) io.err(`${line}\n`);
    return 1;
  }
}

async function find(
  connection: Connection,
  { name, uuid }: { readonly name: string; readonly uuid?: string },
): Promise<Domain | undefined> {
  const byUuid = uuid === undefined || uuid === "" ? undefined : await found(connection.domainLookupByUuid(uuid));
  return byUuid ?? found(connection.domainLookupByName(name));
}

async function found(lookup: Promise<Domain>): Promise<Domain | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof VirtError && error.code === ErrorCode.noDomain) return undefined;
    throw error;
  }
}

/** The document with passwords, if we may see them. */
async function documentOf(domain: Domain, flags: number): Promise<string> {
  try {
    return await domain.getXmlDesc({ flags: flags | DomainXmlFlags.secure });
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    if (error.code !== ErrorCode.operationDenied && error.code !== ErrorCode.accessDenied) throw error;
    return domain.getXmlDesc({ flags });
  }
}

function notDefined(out: Output, name: string): number {
  out.print(`guest '${name}' is not defined: the document would make a new one\n`);
  out.json({ name, defined: false, running: false, changes: [] });
  return 2;
}

async function show(out: Output, domain: Domain, xml: string, file: string): Promise<number> {
  const running = await domain.isActive();
  const defined = await domain.isPersistent();
  const changes = makePlan({
    wanted: xml,
    file,
    ...(defined && { definition: await documentOf(domain, DomainXmlFlags.inactive) }),
    ...(running && { live: await documentOf(domain, 0) }),
  });
  out.json({
    name: domain.name,
    uuid: domain.uuid,
    defined,
    running,
    changes: changes.map((change) => ({ ...change })),
  });
  if (changes.length === 0) return 0;
  out.print(`guest '${domain.name}' (${domain.uuid}), ${running ? "running" : "shut off"}:\n\n`);
  for (const change of changes) out.print(describe(change, running));
  out.print(`${summary(changes, running)}\n`);
  return 2;
}

const signs = { added: "+", removed: "-", changed: "~" } as const;

function describe({ path, kind, before, after, when, how, pending }: PlannedChange, running: boolean): string {
  const lines = [`${signs[kind]} ${path}`];
  if (kind === "changed" && [before, after].every((text) => text?.includes("\n") !== true)) {
    lines.push(`    ${before ?? ""} -> ${after ?? ""}`);
  } else {
    for (const [sign, text] of [
      ["-", before],
      ["+", after],
    ] as const) {
      if (text !== undefined && text !== "") lines.push(...text.split("\n").map((line) => `    ${sign} ${line}`));
    }
  }
  lines.push(`    ${time(when, running, pending)}${pending ? "" : ` (${how})`}`);
  return `${lines.join("\n")}\n`;
}

function time(when: PlannedChange["when"], running: boolean, pending: boolean): string {
  if (when === "new") return "needs another guest";
  if (pending) return "is defined already and takes effect at the next start";
  return when === "live" && running ? "can be done while the guest runs" : "takes effect at the next start";
}

function summary(changes: readonly PlannedChange[], running: boolean): string {
  const live = changes.filter(({ when, pending }) => running && when === "live" && !pending).length;
  const never = changes.filter(({ when }) => when === "new").length;
  const parts = [
    [live, "while the guest runs"],
    [changes.length - live - never, "at the next start"],
    [never, "only with another guest"],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return `\n${changes.length} ${changes.length === 1 ? "change" : "changes"}: ${parts.join(", ")}`;
}
