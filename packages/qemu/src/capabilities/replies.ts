import { InternalError } from "@tsvirt/base";
import { formatJson, isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tsvirt/codec/options";
import { QmpError } from "../qmp/errors.ts";
import type { QemuCapabilities } from "./capabilities.ts";
import { type Conversation, probeCapabilities } from "./probe.ts";

/**
 * Reads a recorded probe: commands and replies as JSON objects separated by blank lines (libvirt's `.replies` form).
 * What follows a second `qmp_capabilities` is the conversation with TCG only.
 */
export function parseReplies(text: string): Conversation[] {
  const messages = text
    .split(/\n\n+/)
    .filter((part) => part.trim() !== "")
    .map((part) => parseJson(part));
  const conversations: Recorded[] = [];
  for (let i = 0; i + 1 < messages.length; i += 2) {
    const [question, answer] = [messages[i], messages[i + 1]];
    if (!isJsonObject(question) || !isJsonObject(answer))
      throw new InternalError("a recorded message is not an object");
    if (question.execute === "qmp_capabilities") conversations.push(new Recorded());
    else conversations.at(-1)?.add(question, answer);
  }
  return conversations;
}

/** The capabilities that a recorded probe shows. */
export async function capabilitiesOfReplies(text: string): Promise<QemuCapabilities> {
  const [first, second] = parseReplies(text);
  if (!first) throw new InternalError("the recording is empty");
  return probeCapabilities(first, second ? { openTcg: () => Promise.resolve(second) } : {});
}

class Recorded implements Conversation {
  readonly #answers = new Map<string, JsonObject>();

  add(question: JsonObject, answer: JsonObject): void {
    this.#answers.set(keyOf(String(question.execute), question.arguments), answer);
  }

  executeJson(name: string, args?: JsonObject): Promise<JsonValue> {
    const answer = this.#answers.get(keyOf(name, args));
    // What was not recorded was not asked then: the same as not there.
    const error = answer ? answer.error : { class: "CommandNotFound", desc: `${name} was not recorded` };
    if (!isJsonObject(error)) return Promise.resolve(answer?.return ?? null);
    return Promise.reject(new QmpError(name, String(error.class), String(error.desc)));
  }
}

function keyOf(name: string, args: JsonValue | undefined): string {
  return `${name} ${formatJson(args ?? null)}`;
}
