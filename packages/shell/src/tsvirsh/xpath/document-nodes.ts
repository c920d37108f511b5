// What is needed to take nodes out of a document, to be loaded in one go.
export { parseXml } from "@tsvirt/codec/xml";
export { selectNodes } from "./evaluate.ts";
export { formatNode } from "./format-node.ts";
export { XPathError } from "./parse.ts";
