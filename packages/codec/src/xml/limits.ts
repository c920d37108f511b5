/** Bounds a document must stay within before anything is built from it (threat-model X2). */
export interface XmlLimits {
  /** Characters of text. */
  readonly size: number;
  readonly depth: number;
  /** Elements, comments and processing instructions together. */
  readonly nodes: number;
  /** Attributes of one element. */
  readonly attributes: number;
  /** Namespaces declared at one place, by the elements around it: a prefix is looked for among them. */
  readonly namespaces: number;
}

/** Limits for documents from clients: 4 MiB. */
export const WIRE_LIMITS: XmlLimits = {
  size: 4 * 1024 * 1024,
  depth: 256,
  nodes: 200_000,
  attributes: 1_000,
  namespaces: 256,
};

/** Limits for our own state files: 16 MiB. */
export const STATE_LIMITS: XmlLimits = { ...WIRE_LIMITS, size: 16 * 1024 * 1024 };
