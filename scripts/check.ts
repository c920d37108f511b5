// `npm run check`: everything that can be said about the sources without running them.
//
//   tsx scripts/check.ts [STEP...]     all steps, or the named ones
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { checkConstructs, checkExceptions } from "./lib/constructs.ts";
import { checkDocumented } from "./lib/documented.ts";
import { readAll, repositoryPaths, root, type SourceFile } from "./lib/files.ts";
import { checkReference } from "./lib/reference.ts";
import { checkImports, checkLength, checkTraces, type Finding } from "./lib/rules.ts";
import { checkTestReferences } from "./lib/test-references.ts";
import { checkTypeCost } from "./type-cost.ts";

/** Runs a tool of node_modules/.bin; true when it is content. */
function tool(name: string, ...args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, "node_modules/.bin", name), args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0));
  });
}

function report(findings: readonly Finding[]): boolean {
  for (const { path, line, what } of findings) console.log(`${path}:${line}: ${what}`);
  return findings.length === 0;
}

async function manifest(
  path: string,
): Promise<{ readonly dependencies: readonly string[]; readonly dev: readonly string[] }> {
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(await readFile(join(root, path), "utf8")) as {
    dependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  return {
    dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
    dev: Object.keys(devDependencies ?? {}),
  };
}

let sources: Promise<readonly SourceFile[]> | undefined;
/** All text files of the repository, read once. */
function allFiles(): Promise<readonly SourceFile[]> {
  sources ??= repositoryPaths().then(readAll);
  return sources;
}

async function imports(): Promise<boolean> {
  const files = await allFiles();
  const declared = new Map<string, readonly string[]>();
  for (const { path } of files) {
    const room = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    if (room !== undefined) declared.set(room, (await manifest(path)).dependencies);
  }
  const { dev } = await manifest("package.json");
  return report(files.flatMap((file) => checkImports(file, (room) => declared.get(room) ?? [], dev)));
}

/** Directories whose names would tell where a file was written: the checkout's, and its parent's unless that is a common one. */
function telltalePlaces(): readonly string[] {
  const parent = dirname(root);
  const common = ["/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/usr/src", homedir()];
  return common.includes(parent) ? [root] : [root, `${parent}/`];
}

const steps: Readonly<Record<string, () => Promise<boolean>>> = {
  lint: () => tool("biome", "ci", "--colors=off", "--error-on-warnings", "."),
  types: async () => (await tool("tsc", "-b")) && (await tool("tsc", "-p", "tsconfig.test.json")),
  imports,
  unused: () => tool("knip", "--no-progress", "--no-config-hints"),
  constructs: async () => {
    const files = await allFiles();
    return report([...files.flatMap(checkConstructs), ...checkExceptions(files)]);
  },
  documented: async () => report((await allFiles()).flatMap(checkDocumented)),
  reference: async () => report(await checkReference(await allFiles())),
  references: async () => report(checkTestReferences(await allFiles())),
  length: async () => report((await allFiles()).flatMap(checkLength)),
  traces: async () => report((await allFiles()).flatMap((file) => checkTraces(file, telltalePlaces()))),
  "type-cost": checkTypeCost,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`unknown step ${unknown.join(", ")}; expected ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}
const failed: string[] = [];
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  const good = await step();
  console.log(`check ${name}: ${good ? "ok" : "FAILED"} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!good) failed.push(name);
}
if (failed.length > 0) {
  console.log(`check: failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
