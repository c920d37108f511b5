import { randomBytes, randomUUID } from "node:crypto";
import { InternalError } from "@tsvirt/base";
import type { Files, LoadedFile, Owner } from "./files.ts";

/** A step of {@link Store.change}. Paths are absolute; doing a step twice is the same as doing it once. */
export type FileChange =
  | { readonly kind: "write"; readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string };

/** How to write one file. */
export interface WriteOptions {
  /** 0600 unless said otherwise. */
  readonly mode?: number;
  readonly owner?: Owner;
}

/** Temporaries end in this and are ignored by every loader (threat-model F6). */
const TEMPORARY = ".new";

/** Is this the name of a temporary that a crash left? */
export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(TEMPORARY);
}

/**
 * Durable changes of state files (threat-model section 6): when a call returns, the change survives a power cut; when it
 * throws or the process dies, the old state is still whole. One writer per file: the store does not order callers.
 */
export class Store {
  readonly #files: Files;
  readonly #intents: string;

  /** `intents` is a root-only directory for changes of several files; it is made when first needed. */
  constructor(files: Files, intents: string) {
    this.#files = files;
    this.#intents = intents;
  }

  /** Replaces or creates a file. A failed sync is final: the temporary goes, the old file stays. */
  async write(path: string, contents: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const { directory, name } = split(path);
    const temporary = `${directory}/.${name.slice(0, 200)}.${randomBytes(6).toString("hex")}${TEMPORARY}`;
    const bytes = typeof contents === "string" ? Buffer.from(contents, "utf8") : contents;
    await this.#withTemporary(temporary, async () => {
      await this.#files.createSynced(temporary, bytes, {
        mode: options.mode ?? 0o600,
        ...(options.owner ? { owner: options.owner } : {}),
      });
      await this.#files.rename(temporary, path);
    });
    await this.#files.syncDirectory(directory);
  }

  /** Removes a file; false when it was not there. */
  async remove(path: string): Promise<boolean> {
    const removed = await this.#files.unlink(path);
    if (removed) await this.#files.syncDirectory(split(path).directory);
    return removed;
  }

  /** Makes (or replaces) a symbolic link. */
  async link(target: string, path: string): Promise<void> {
    const { directory, name } = split(path);
    const temporary = `${directory}/.${name.slice(0, 200)}.${randomBytes(6).toString("hex")}${TEMPORARY}`;
    await this.#withTemporary(temporary, async () => {
      await this.#files.symlink(target, temporary);
      await this.#files.rename(temporary, path);
    });
    await this.#files.syncDirectory(directory);
  }

  /**
   * Makes several changes of which a crash must not leave only some. They are first written down, so that
   * {@link recover} finishes what a crash interrupted. When a step fails, what can still be done is tried again at the
   * next start; the error is thrown.
   */
  async change(steps: readonly FileChange[]): Promise<void> {
    if (steps.length === 0) return;
    if (steps.length === 1) return this.#apply(steps[0]!);
    await this.#files.makeDirectory(this.#intents, { mode: 0o700 });
    const intent = `${this.#intents}/${Date.now()}-${randomUUID()}.json`;
    await this.write(intent, JSON.stringify(steps));
    for (const step of steps) await this.#apply(step);
    await this.remove(intent);
  }

  /** Rolls forward every change that a crash interrupted, oldest first, and clears its temporaries. Call at start. */
  async recover(directories: readonly string[] = []): Promise<number> {
    const intents = await this.#files.readAll(this.#intents, (name) => name.endsWith(".json") && !isTemporary(name));
    for (const { path, text } of intents) {
      const steps = text === undefined ? undefined : parseSteps(text);
      // Intents are written whole before any step, so one that cannot be read was never begun.
      for (const step of steps ?? []) await this.#apply(step);
      await this.remove(path);
    }
    for (const directory of [...directories, this.#intents]) {
      for (const name of await this.#files.list(directory)) {
        if (isTemporary(name)) await this.#files.unlink(`${directory}/${name}`);
      }
    }
    return intents.length;
  }

  /** The texts of all files of a directory with that ending, temporaries left out. */
  async load(directory: string, suffix: string): Promise<readonly LoadedFile[]> {
    return this.#files.readAll(directory, (name) => name.endsWith(suffix) && !name.startsWith("."));
  }

  /** Every step may be done already: a crash comes between any two. */
  async #apply(step: FileChange): Promise<void> {
    switch (step.kind) {
      case "write":
        return this.write(step.path, step.text, step.mode === undefined ? {} : { mode: step.mode });
      case "remove":
        await this.remove(step.path);
        return;
      case "link":
        return this.link(step.target, step.path);
      case "rename": {
        if (!(await this.#files.facts(step.from, { followLinks: false }))) return;
        await this.#files.rename(step.from, step.to);
        const [from, to] = [split(step.from).directory, split(step.to).directory];
        await this.#files.syncDirectory(to);
        if (from !== to) await this.#files.syncDirectory(from);
        return;
      }
    }
  }

  async #withTemporary(temporary: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // On a full or read-only disk this fails as well: loaders ignore the temporary and recover() clears it.
      await this.#files.unlink(temporary).catch(() => false);
      throw error;
    }
  }
}

function split(path: string): { readonly directory: string; readonly name: string } {
  const slash = path.lastIndexOf("/");
  if (slash < 0) throw new InternalError(`State files have absolute paths, not '${path}'`);
  return { directory: slash === 0 ? "/" : path.slice(0, slash), name: path.slice(slash + 1) };
}

function parseSteps(text: string): readonly FileChange[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return Array.isArray(value) && value.every(isStep) ? value : undefined;
}

function isStep(value: unknown): value is FileChange {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  const has = (...names: readonly string[]): boolean =>
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "string");
  switch (value.kind) {
    case "write":
      return has("path", "text");
    case "remove":
      return has("path");
    case "link":
      return has("path", "target");
    case "rename":
      return has("from", "to");
    default:
      return false;
  }
}
