#!/usr/bin/env node
// @ts-check
// The daemon in a few files, which load in half the time of its 600 modules: packages/daemon/dist/bundle.js and one for each
// package, made from what tsc -b has built. bin/tsvirtd takes them as long as nothing was built since. Plain JavaScript: part
// of `npm run build`.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { concatenate } from "./lib/concatenate.mjs";

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), "packages");

/** @type {(path: string) => string} */
const read = (path) => readFileSync(join(packages, path), "utf8");

/**
 * The built file, from `packages/`, of a relative path or of a name like `@tsvirt/codec/xml`.
 *
 * @type {(specifier: string, from: string) => string | undefined}
 */
function resolve(specifier, from) {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  const [, name, entry] = /^@tsvirt\/(\w+)(\/.*)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const { exports } = JSON.parse(read(`${name}/package.json`));
  return join(name, exports[`.${entry ?? ""}`].default);
}

/**
 * A file for each package: a single one makes V8 take more memory at once. What is loaded only when asked for has its own.
 *
 * @type {(path: string) => string}
 */
function fileOf(path) {
  const [name = "", , folder] = path.split("/");
  if (name === "daemon") return "bundle.js";
  return folder === "import" ? `bundle-${name}-import.js` : `bundle-${name}.js`;
}

const directory = join(packages, "daemon/dist");
for (const name of readdirSync(directory)) if (/^bundle.*\.js$/.test(name)) rmSync(join(directory, name));
// The first one is written last: then all of them are there.
const files = [...concatenate("daemon/dist/index.js", read, resolve, fileOf)];
for (const [name, text] of files.sort(([a], [b]) => (a < b ? -1 : 1))) writeFileSync(join(directory, name), text);
