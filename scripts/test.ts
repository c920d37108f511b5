// Runs test files under node's own runner and ends with the counts.
//
//   node --conditions=@tsvirt/source --import tsx scripts/test.ts [unit|integration|FILE...]
//
// Units run from source, two files at a time; integration tests run the built programs, one file at a time, because each brings
// up daemons and guests.
import { createWriteStream } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { repositoryPaths, root } from "./lib/files.ts";

interface Counts {
  pass: number;
  fail: number;
  skipped: number;
}

/** Longest a file may take, in milliseconds: a test that hangs ends the run instead of stopping it. */
const LIMIT = { unit: 5 * 60_000, integration: 15 * 60_000 } as const;

async function runFiles(files: readonly string[], concurrency: number, timeout: number, counts: Counts): Promise<void> {
  if (files.length === 0) return;
  const stream = run({ files: files.map((path) => join(root, path)), concurrency, timeout });
  // The runner's own summary, per run; a file that cannot even be loaded counts as a failed test there.
  const totals = new Map<string, number>();
  stream.on("test:diagnostic", ({ message, nesting }) => {
    const match = nesting === 0 ? /^(pass|fail|cancelled|skipped|todo) (\d+)$/.exec(message) : null;
    if (match?.[1] !== undefined) totals.set(match[1], Number(match[2]));
  });
  const reporter = stream.compose(new spec());
  reporter.pipe(process.stdout, { end: false });
  await new Promise<void>((resolve, reject) => {
    reporter.on("end", resolve);
    reporter.on("error", reject);
  });
  const total = (name: string): number => totals.get(name) ?? 0;
  if (!totals.has("pass")) counts.fail += 1;
  counts.pass += total("pass");
  counts.fail += total("fail") + total("cancelled");
  counts.skipped += total("skipped") + total("todo");
}

const wanted = process.argv.slice(2);
const paths = (await repositoryPaths()).filter((path) => path.endsWith(".test.ts")).sort();
const integration = paths.filter((path) => path.startsWith("test/integration/"));
const unit = paths.filter((path) => !path.startsWith("test/integration/"));
const counts: Counts = { pass: 0, fail: 0, skipped: 0 };

const named = wanted
  .filter((name) => name !== "unit" && name !== "integration")
  .map((name) => relative(root, join(process.cwd(), name)));
const everything = wanted.length === 0;
if (everything || wanted.includes("unit"))
  await runFiles(unit, Math.min(2, availableParallelism()), LIMIT.unit, counts);
if (everything || wanted.includes("integration")) await runFiles(integration, 1, LIMIT.integration, counts);
if (named.length > 0) await runFiles(named, 1, LIMIT.integration, counts);

const line = `${counts.pass} passed, ${counts.fail} failed, ${counts.skipped} skipped\n`;
const out = createWriteStream("/dev/null", { fd: 1, autoClose: false });
await new Promise((resolve) => out.write(line, resolve));
process.exit(counts.fail > 0 || counts.pass === 0 ? 1 : 0);
