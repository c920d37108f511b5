#!/usr/bin/env node
// @ts-check
// The daemon in one file, which loads in half the time of its 500 modules: packages/daemon/dist/bundle.js, made from what
// tsc -b has built. bin/tsvirtd takes it as long as nothing was built since. Plain JavaScript: part of `npm run build`.
import { readFileSync, writeFileSync } from "node:fs";
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

writeFileSync(join(packages, "daemon/dist/bundle.js"), concatenate("daemon/dist/index.js", read, resolve));
