// @ts-check
// Puts ES modules as tsc writes them into a few: each becomes a function that is called when it is first imported.
// Cyclic imports, exported variables that change and top-level await do not exist in this repository; what is not understood
// is an error.

/**
 * @typedef {object} Linker
 * @property {(specifier: string) => string | undefined} inner The name of the function of a module that is put in too.
 * @property {(specifier: string) => string | undefined} later An expression: the promise of such a module's exports.
 * @property {(specifier: string) => string} outer The name of the namespace of one that is imported.
 */

const NAMES = String.raw`\{([^}]*)\}`;
const FROM = ` from "([^"]+)";$`;

/**
 * The pieces of `{ a, b as c }`.
 *
 * @param {string} list
 * @returns {{ readonly name: string, readonly as: string }[]}
 */
function namesIn(list) {
  return list
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => {
      const [name = "", as = name] = each.split(/\s+as\s+/);
      return { name, as };
    });
}

/**
 * The body of a function that does what the module does, and returns what it exports.
 *
 * @param {string} source
 * @param {Linker} linker
 */
export function moduleBody(source, { inner, later, outer }) {
  /** @type {string[]} */
  const stars = [];
  /** @type {string[]} */
  const exported = [];
  const namespace = (/** @type {string} */ specifier) => {
    const name = inner(specifier);
    return name === undefined ? outer(specifier) : `${name}()`;
  };
  const body = source
    .replace(/^\/\/# sourceMappingURL=.*$/m, "")
    .replace(new RegExp(`^import ${NAMES}${FROM}`, "gm"), (_, list, from) => {
      const names = namesIn(list).map(({ name, as }) => (name === as ? name : `${name}: ${as}`));
      return `const { ${names.join(", ")} } = ${namespace(from)};`;
    })
    .replace(new RegExp(String.raw`^import \* as (\w+)${FROM}`, "gm"), (_, name, from) => {
      return `const ${name} = ${namespace(from)};`;
    })
    .replace(
      new RegExp(`^import (\\w+)${FROM}`, "gm"),
      (_, name, from) => `const ${name} = ${namespace(from)}.default;`,
    )
    .replace(new RegExp(String.raw`^export \* as (\w+)${FROM}`, "gm"), (_, name, from) => {
      exported.push(`${name}: ${namespace(from)}`);
      return "";
    })
    .replace(new RegExp(String.raw`^export \*${FROM}`, "gm"), (_, from) => {
      stars.push(`...${namespace(from)}`);
      return "";
    })
    .replace(new RegExp(`^export ${NAMES}${FROM}`, "gm"), (_, list, from) => {
      for (const { name, as } of namesIn(list)) exported.push(`${as}: ${namespace(from)}.${name}`);
      return "";
    })
    .replace(new RegExp(`^export ${NAMES};$`, "gm"), (_, list) => {
      for (const { name, as } of namesIn(list)) exported.push(name === as ? name : `${as}: ${name}`);
      return "";
    })
    .replace(/^export ((?:async )?function\*?|class|const) (\w+)/gm, (_, kind, name) => {
      exported.push(name);
      return `${kind} ${name}`;
    })
    .replace(/\bimport\("([^"]+)"\)/g, (all, from) => later(from) ?? all);
  const rest = /^(?:import|export)\b.*$/m.exec(body);
  if (rest) throw new SyntaxError(`not understood: ${rest[0]}`);
  return `${body.trim()}\nreturn { ${[...stars, ...exported].join(", ")} };`;
}

/**
 * A few modules of many, by the names of the files that they are to be in. The default export of the entry's has what the
 * first one exports.
 *
 * @param {string} entry The path of the first one.
 * @param {(path: string) => string} read
 * @param {(specifier: string, from: string) => string | undefined} resolve The path of a module that is to be put in.
 * @param {(path: string) => string} [fileOf] The name of the file that a module is to be in.
 * @returns {ReadonlyMap<string, string>}
 */
export function concatenate(entry, read, resolve, fileOf = () => "bundle.js") {
  /** @type {Map<string, string>} */
  const inner = new Map();
  /** @type {Map<string, string>} */
  const outer = new Map();
  /** @type {Map<string, { readonly parts: string[], readonly imports: Set<string> }>} */
  const files = new Map();
  /** @type {(names: Map<string, string>, key: string, prefix: string) => string} */
  const nameOf = (names, key, prefix) => {
    const name = names.get(key) ?? `${prefix}$${names.size}`;
    names.set(key, name);
    return name;
  };
  /** @type {(path: string) => string} */
  const include = (path) => {
    const known = inner.get(path);
    if (known !== undefined) return known;
    const name = nameOf(inner, path, "module");
    const file = fileOf(path);
    const own = files.get(file) ?? { parts: [], imports: new Set() };
    files.set(file, own);
    const body = moduleBody(read(path), {
      inner: (specifier) => {
        const target = resolve(specifier, path);
        if (target === undefined) return undefined;
        const other = include(target);
        if (fileOf(target) !== file) own.imports.add(`import { ${other} } from "./${fileOf(target)}";`);
        return other;
      },
      later: (specifier) => {
        const target = resolve(specifier, path);
        if (target === undefined) return undefined;
        const other = include(target);
        if (fileOf(target) === file) return `Promise.resolve().then(${other})`;
        return `import("./${fileOf(target)}").then(({ ${other}: module }) => module())`;
      },
      outer: (specifier) => {
        const namespace = nameOf(outer, specifier, "outer");
        own.imports.add(`import * as ${namespace} from "${specifier}";`);
        return namespace;
      },
    });
    own.parts.push(`// ${path}\nexport const ${name} = once(() => {\n${body}\n});`);
    return name;
  };
  const first = include(entry);
  const once = "const once = (make) => {\n  let made;\n  return () => (made ??= make());\n};";
  return new Map(
    [...files].map(([file, { parts, imports }]) => {
      const last = file === fileOf(entry) ? `export default ${first}();\n` : "";
      const text = `${[...imports, once, ...parts].join("\n")}\n${last}`;
      // A single character beyond Latin-1 would make V8 keep all of the text at twice the size.
      return [file, text.replace(/[^\0-\x7f]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`)];
    }),
  );
}
