import { InternalError } from "@tsvirt/base";
import { isJsonObject, type JsonObject, parseJson } from "@tsvirt/codec/options";

/** One message of a recorded conversation. */
export interface TranscriptLine {
  readonly from: "client" | "server";
  readonly message: JsonObject;
  /** Line in the file, from 1. */
  readonly number: number;
}

/**
 * Reads a transcript: one message a line, `> ` before the client's, `< ` before QEMU's. Lines that start with `#` say
 * where the conversation comes from; a transcript without such a header is refused.
 */
export function parseTranscript(text: string): TranscriptLine[] {
  if (!text.startsWith("# origin: ")) throw new InternalError("a transcript starts with '# origin: ' and its source");
  const result: TranscriptLine[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const message = parseJson(line.slice(2));
    if (!/^[<>] /.test(line) || !isJsonObject(message))
      throw new InternalError(`transcript line ${index + 1} is no message`);
    result.push({ from: line.startsWith(">") ? "client" : "server", message, number: index + 1 });
  }
  return result;
}
