import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyCodec, Fields } from "@tsvirt/codec/xml";
import { Capabilities, DomainCapabilities } from "@tsvirt/model/capabilities";
import { Domain } from "@tsvirt/model/domain";
import { HostInterface } from "@tsvirt/model/interface";
import { Backup, Checkpoint, Snapshot } from "@tsvirt/model/moment";
import { Network, NetworkPort } from "@tsvirt/model/network";
import { NodeDevice } from "@tsvirt/model/nodedev";
import { Filter, FilterBinding } from "@tsvirt/model/nwfilter";
import { Secret } from "@tsvirt/model/secret";
import { Pool, Volume } from "@tsvirt/model/storage";
import { DocComments } from "./doc-comments.ts";
import { readAll, root, type SourceFile } from "./files.ts";
import { isOption, optionsPage } from "./reference-options.ts";
import { xmlPage } from "./reference-xml.ts";
import type { Finding } from "./rules.ts";

/** Where the pages are. */
const FOLDER = "docs/reference";
const OPTIONS = "packages/qemu/src/argv/declarations";

const documents: readonly (readonly [file: string, title: string, folder: string, roots: readonly AnyCodec[]])[] = [
  ["domain", "Domain", "domain", [Domain]],
  ["capabilities", "Capabilities and domain capabilities", "capabilities", [Capabilities, DomainCapabilities]],
  ["network", "Network and network port", "network", [Network, NetworkPort]],
  ["storage", "Storage pool and volume", "storage", [Pool, Volume]],
  ["nodedev", "Node device", "nodedev", [NodeDevice]],
  ["nwfilter", "Network filter and binding", "nwfilter", [Filter, FilterBinding]],
  ["interface", "Host interface", "interface", [HostInterface]],
  ["secret", "Secret", "secret", [Secret]],
  ["moment", "Snapshot, checkpoint and backup", "moment", [Snapshot, Checkpoint, Backup]],
];

/** All pages by their path, made from the declarations and the comments beside them. */
export async function referencePages(sources: readonly SourceFile[]): Promise<ReadonlyMap<string, string>> {
  const isDeclaration = ({ path }: SourceFile): boolean =>
    (path.startsWith("packages/model/src/") || path.startsWith(OPTIONS)) &&
    path.endsWith(".ts") &&
    !path.endsWith(".test.ts");
  const docs = new DocComments(sources.filter(isDeclaration));
  const pages = new Map<string, string>();
  for (const [file, title, folder, roots] of documents) {
    const elsewhere = new Map<Fields, string>(roots.includes(Domain) ? [] : [[Domain.fields, "domain.md"]]);
    const page = { title, folder: `packages/model/src/${folder}`, roots, elsewhere };
    pages.set(`${FOLDER}/${file}.md`, xmlPage(page, docs));
  }
  const paths = sources.map(({ path }) => path).filter((path) => path.startsWith(OPTIONS) && path.endsWith(".ts"));
  const modules = await Promise.all(
    paths.sort().map(async (path): Promise<object> => import(pathToFileURL(join(root, path)).href)),
  );
  const options = modules.flatMap((module) => Object.values(module).filter(isOption));
  pages.set(`${FOLDER}/qemu-options.md`, optionsPage(options, docs, OPTIONS));
  return pages;
}

/** Pages that are not what the declarations say. */
export async function checkReference(sources: readonly SourceFile[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [path, text] of await referencePages(sources)) {
    const present = await readFile(join(root, path), "utf8").catch(() => "");
    if (present !== text)
      findings.push({ path, line: 1, what: "not what the declarations say: run `npm run reference`" });
  }
  return findings;
}

/** Sources that the pages are made of. */
export async function referenceSources(paths: readonly string[]): Promise<readonly SourceFile[]> {
  return readAll(paths.filter((path) => path.startsWith("packages/model/src/") || path.startsWith(OPTIONS)));
}
