import type { SourceFile } from "./files.ts";
import { importsOf } from "./imports.ts";

/** Something a check found wrong. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** "The rooms" of the architecture: what each package stands on. A new arrow needs a record in docs/decisions. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  codec: ["base"],
  model: ["codec"],
  rpc: ["codec"],
  qemu: ["codec", "model"],
  host: ["base"],
  client: ["rpc", "model"],
  driver: ["qemu", "model", "host", "rpc"],
  daemon: ["driver", "rpc"],
  shell: ["client", "qemu"],
};

/** What a package may import: what it stands on, and what that stands on. Undefined for a package without a place. */
function reachable(room: string): ReadonlySet<string> | undefined {
  const direct = ROOMS[room];
  if (direct === undefined) return undefined;
  return new Set([...direct, ...direct.flatMap((below) => [...(reachable(below) ?? [])])]);
}

/** Arrows that only `import()` and types may follow. */
const DYNAMIC_ARROWS: Readonly<Record<string, readonly string[]>> = {
  client: ["driver", "host"],
  shell: ["driver", "host"],
};

/** Where the drivers know `rpc`'s declarations: the procedures of each, what joins them, and tests. The parts within do not. */
const WIRE_PARTS = /^packages\/driver\/src\/(?:driver|[^/]+\/procedures\/.*|testing\/.*|.*\.test)\.ts$/;

/** Packages that run in a web page as well: no `node:` module. */
const PURE: readonly string[] = ["base", "codec", "model", "rpc", "qemu"];

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

interface PackageSource extends SourceFile {
  readonly room: string;
  readonly isTest: boolean;
}

function packageSource(file: SourceFile): PackageSource | undefined {
  const match = /^packages\/([^/]+)\/src\/.*\.ts$/.exec(file.path);
  const room = match?.[1];
  return room === undefined ? undefined : { ...file, room, isTest: file.path.endsWith(".test.ts") };
}

/**
 * Imports that go against the arrows, reach into another package, bring `node:` into a pure package, or name what the package
 * does not declare. `dependencies` is each package's declared dependencies. Tests may use `node:` and what the root declares.
 */
export function checkImports(
  file: SourceFile,
  dependencies: (room: string) => readonly string[],
  rootDependencies: readonly string[],
): readonly Finding[] {
  const source = packageSource(file);
  if (source === undefined) return [];
  const { room, isTest } = source;
  const arrows = reachable(room);
  if (arrows === undefined)
    return [{ path: file.path, line: 1, what: `package '${room}' has no place in the architecture` }];
  const findings: Finding[] = [];
  const isPart = room === "driver" && !WIRE_PARTS.test(file.path);
  for (const { specifier, line, dynamic, typeOnly } of importsOf(file.text)) {
    const complain = (what: string) => findings.push({ path: file.path, line, what });
    if (specifier.startsWith("node:")) {
      if (PURE.includes(room) && !isTest) complain(`'${specifier}' in '${room}', which is free of node: modules`);
    } else if (specifier.startsWith(".")) {
      if (!/\.(ts|json)$/.test(specifier)) complain(`'${specifier}' lacks its extension`);
      const up = specifier.split("/").filter((part) => part === "..").length;
      const depth = file.path.split("/").length - 4;
      if (up > depth + (isTest ? 1 : 0)) complain(`'${specifier}' leaves the package's sources`);
    } else if (specifier.startsWith("@tsvirt/")) {
      const target = specifier.split("/")[1] ?? "";
      const allowed = [...arrows, room, ...(dynamic || typeOnly ? (DYNAMIC_ARROWS[room] ?? []) : [])];
      if (!allowed.includes(target)) complain(`'${room}' must not import '${specifier}'`);
      else if (isPart && target === "rpc") complain("only a driver's procedures know the wire");
      else if (target !== room && !dependencies(room).includes(`@tsvirt/${target}`)) {
        complain(`'${specifier}' is not declared in packages/${room}/package.json`);
      }
    } else {
      const name = specifier.startsWith("@")
        ? specifier.split("/").slice(0, 2).join("/")
        : (specifier.split("/")[0] ?? "");
      const declared = [
        ...dependencies(room),
        ...(isTest || /\/testing(\/|\.ts$)/.test(file.path) ? rootDependencies : []),
      ];
      if (!declared.includes(name)) complain(`'${name}' is not declared in packages/${room}/package.json`);
    }
  }
  return findings;
}

/** Files over 800 lines whose first lines give no reason (`Long because ...`). */
export function checkLength(file: SourceFile): readonly Finding[] {
  if (!/\.(ts|mts|mjs|js)$/.test(file.path) || /(^|\/)fixtures\//.test(file.path)) return [];
  const lines = file.text.split("\n");
  if (lines.length <= 801 || lines.slice(0, 12).some((line) => /\bLong because\b/.test(line))) return [];
  return [
    {
      path: file.path,
      line: 801,
      what: `${lines.length - 1} lines: split it, or say 'Long because ...' in its header`,
    },
  ];
}

/**
 * Traces of the machine a file was written on: the checkout's place (`places`, absolute directory names) and hosts that packages
 * were downloaded from.
 */
export function checkTraces(file: SourceFile, places: readonly string[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const place of places) {
    for (let at = file.text.indexOf(place); at !== -1; at = file.text.indexOf(place, at + 1)) {
      const next = file.text[at + place.length];
      if (next !== undefined && /[\w-]/.test(next) && !place.endsWith("/")) continue;
      findings.push({ path: file.path, line: lineOf(file.text, at), what: "an absolute path of this machine" });
    }
  }
  const registry = /registry\.(?!test\.ts)[a-z0-9-]+\.[a-z]{2,}|"resolved": "https?:/g;
  for (const match of file.text.matchAll(registry)) {
    findings.push({ path: file.path, line: lineOf(file.text, match.index), what: "the host of a package registry" });
  }
  return findings;
}
