// The type-cost gate: what the declarations cost the compiler, measured on the fixtures packages/*/typeperf/*.ts.
//
// A fixture's first line states its limit:   // instantiations <= 12000
// Passing the limit fails; the measured figure is printed always, so that a limit can follow an improvement down.
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { repositoryPaths, root } from "./lib/files.ts";

/** The "Instantiations" that tsc reports for a program of this one file. */
async function instantiations(fixture: string, scratch: string): Promise<number> {
  const config = join(scratch, `${fixture.replaceAll("/", "-")}.json`);
  const up = relative(scratch, root);
  await writeFile(
    config,
    JSON.stringify({
      extends: `${up}/tsconfig.pure.json`,
      compilerOptions: { composite: false, incremental: false, noEmit: true, allowImportingTsExtensions: true },
      files: [join(up, fixture)],
    }),
  );
  const output = await new Promise<string>((resolve, reject) => {
    const args = ["-p", config, "--extendedDiagnostics"];
    execFile(join(root, "node_modules/.bin/tsc"), args, { cwd: root, maxBuffer: 16 << 20 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`tsc fails on ${fixture}:\n${stdout}`, { cause: error }));
    });
  });
  const match = /^Instantiations:\s+(\d+)/m.exec(output);
  if (match?.[1] === undefined) throw new Error(`tsc printed no instantiations for ${fixture}`);
  return Number(match[1]);
}

/** Measures every fixture against its limit; true when all are within. */
export async function checkTypeCost(): Promise<boolean> {
  const fixtures = (await repositoryPaths()).filter((path) => /^packages\/[^/]+\/typeperf\/[^/]+\.ts$/.test(path));
  const scratch = join(root, ".cache/typeperf");
  await mkdir(scratch, { recursive: true });
  let good = true;
  for (const fixture of fixtures.sort()) {
    const limit = /^\/\/ instantiations <= (\d+)$/m.exec(await readFile(join(root, fixture), "utf8"))?.[1];
    const measured = await instantiations(fixture, scratch);
    const within = limit !== undefined && measured <= Number(limit);
    good &&= within;
    const verdict = limit === undefined ? "states no limit" : within ? "ok" : "TOO MUCH";
    console.log(
      `${fixture.split("/")[1]}/${basename(fixture)}: ${measured} instantiations, limit ${limit ?? "-"}: ${verdict}`,
    );
  }
  return good;
}
