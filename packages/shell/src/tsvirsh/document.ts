import { ShellError } from "../vsh/errors.ts";
import type { Shell } from "../vsh/shell.ts";

/** How much of a document is wanted. */
export interface DocumentView {
  /** Only the nodes that this XPath expression selects. */
  readonly xpath: string | undefined;
  /** All of them in one element. */
  readonly wrap: boolean;
}

/** Prints a document or the parts of it that an expression selects, as virsh prints them. */
export async function printDocument(shell: Shell, xml: string, { xpath, wrap }: DocumentView): Promise<void> {
  if (xpath === undefined) {
    shell.out.document("xml", xml);
    return;
  }
  // Most documents are printed whole: nothing of XML is loaded for that.
  const { formatNode, parseXml, selectNodes, XPathError } = await import("./xpath/document-nodes.ts");
  let nodes: readonly string[];
  try {
    const selected = selectNodes(parseXml(xml), xpath);
    if (!selected) throw new ShellError(`internal error: Incorrect xpath '${xpath}'`);
    nodes = selected.map((node) => formatNode(node, wrap ? 1 : 0));
  } catch (error) {
    if (!(error instanceof XPathError)) throw error;
    // libxml2 itself says so, and virsh takes it for nothing found.
    shell.io.err(`${error.detail === undefined ? "" : `${error.detail}\n`}XPath error : ${error.message}\n`);
    nodes = [];
  }
  shell.out.json({ nodes });
  if (nodes.length === 0) return;
  if (wrap) {
    shell.out.print(`<nodes>\n${nodes.map((node) => `  ${node}\n`).join("")}</nodes>\n`);
    return;
  }
  for (const node of nodes) shell.out.print(`${node}\n`);
}
