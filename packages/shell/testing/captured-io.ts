import { Readable } from "node:stream";
import { ShellError } from "../src/vsh/errors.ts";
import type { ShellIo } from "../src/vsh/io.ts";

/** A process without terminal, files or signals that keeps what is written. */
export function capturedIo(env: Readonly<Record<string, string>> = { LC_ALL: "C" }): {
  readonly io: ShellIo;
  readonly said: { out: string; err: string };
} {
  const said = { out: "", err: "" };
  const none = (): Promise<never> => Promise.reject(new ShellError("no files here"));
  const io: ShellIo = {
    env,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    terminal: undefined,
    input: Readable.from([]),
    cwd: () => "/",
    chdir: () => undefined,
    readFile: none,
    create: none,
    remove: none,
    makeDirectory: none,
    list: () => Promise.resolve([]),
    onInterrupt: () => () => undefined,
    run: none,
    monotonic: () => 0,
    now: () => 0,
    pid: 1,
  };
  return { io, said };
}
