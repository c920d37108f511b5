import { deferred, Rollback } from "@tsvirt/base";
import { type Domain, DomainConsoleFlags, type VirtStream } from "@tsvirt/client";
import { ShellError } from "../vsh/errors.ts";
import type { Terminal } from "../vsh/io.ts";
import { attempt, type Shell } from "../vsh/shell.ts";
import { bits } from "./flags.ts";

/** Which console, and how. */
export interface ConsoleOptions {
  /** Takes it over from whoever is connected. */
  readonly force?: boolean;
  /** Only if the daemon keeps two from being connected at once. */
  readonly safe?: boolean;
  /** The alias of a character device; the console unless given. */
  readonly device?: string;
}

/** Joins the user's terminal with a guest's console, until the escape character is typed or the console ends. */
export async function runConsole(shell: Shell, domain: Domain, options: ConsoleOptions): Promise<void> {
  const { terminal } = shell.io;
  if (!(await domain.isActive())) throw new ShellError("The domain is not running");
  if (!terminal?.input.setRawMode) throw new ShellError("Cannot run interactive console without a controlling TTY");
  const { escape: escapeByte, escapeText } = shell.session.globals;
  shell.io.out(`Connected to domain '${domain.name}'\n`);
  shell.io.out(`Escape character is ${escapeText}${escapeByte === 0x1d ? " (Ctrl + ])" : ""}\n`);
  const flags = bits(
    [options.force === true, DomainConsoleFlags.force],
    [options.safe === true, DomainConsoleFlags.safe],
  );
  await using stream = await domain.openConsole({
    flags,
    ...(options.device === undefined ? {} : { device: options.device }),
  });
  await attempt(joinTerminal(stream, terminal, escapeByte), "Console failed");
  terminal.output.write("\r\n");
}

/** Joins a terminal, which is put into raw mode meanwhile, with a stream until `escapeByte` is typed or the stream ends. */
export async function joinTerminal(stream: VirtStream, terminal: Terminal, escapeByte: number): Promise<void> {
  await using undo = new Rollback();
  const { input, output } = terminal;
  input.setRawMode?.(true);
  undo.add(() => {
    input.setRawMode?.(false);
    input.pause();
  });
  const ended = deferred<void>();
  let sending = Promise.resolve();
  const typed = (bytes: Buffer): void => {
    const at = bytes.indexOf(escapeByte);
    const part = at < 0 ? bytes : bytes.subarray(0, at);
    if (part.length > 0) {
      // The terminal waits while the guest does not read.
      input.pause();
      sending = sending.then(() => stream.write(Uint8Array.from(part))).then(() => void input.resume(), ended.reject);
    }
    if (at >= 0) ended.resolve();
  };
  input.on("data", typed);
  undo.add(() => void input.off("data", typed));
  input.resume();
  void (async () => {
    try {
      for await (const chunk of stream.chunks) {
        if (chunk instanceof Uint8Array && !output.write(chunk)) {
          await new Promise((resolve) => output.once("drain", resolve));
        }
      }
      ended.resolve();
    } catch (error) {
      ended.reject(error);
    }
  })();
  await ended.promise;
}
