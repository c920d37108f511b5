// `npm run reference`: writes the reference pages of documents and options from their declarations.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repositoryPaths, root } from "./lib/files.ts";
import { referencePages, referenceSources } from "./lib/reference.ts";

for (const [path, text] of await referencePages(await referenceSources(await repositoryPaths()))) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
