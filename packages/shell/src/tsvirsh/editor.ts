import { VirtError } from "@tsvirt/client";
import { ShellError } from "../vsh/errors.ts";
import type { Shell } from "../vsh/shell.ts";

/** A document that can be read and written back. */
export interface Editable {
  read(): Promise<string>;
  write(xml: string): Promise<void>;
}

/**
 * Lets the user edit a document in `$VISUAL` or `$EDITOR`, until it is accepted or given up. Returns whether it was changed.
 * The file can be read by the user alone, since there may be secrets in it, and is removed.
 */
export async function editDocument(shell: Shell, { read, write }: Editable): Promise<boolean> {
  const { io } = shell;
  const before = await read();
  const path = `${io.env.TMPDIR || "/tmp"}/tsvirsh-${io.pid}-${Math.floor(io.now())}.xml`;
  const file = await io.create(path, { exclusive: true, secret: true });
  try {
    await file.write(new TextEncoder().encode(before));
    await file.close();
    for (;;) {
      await runEditor(shell, path);
      const after = new TextDecoder().decode(await io.readFile(path));
      if (after === before) return false;
      if ((await read()) !== before) throw new ShellError("ERROR: the XML configuration was changed by another user");
      try {
        await write(after);
        return true;
      } catch (error) {
        if (!(error instanceof VirtError)) throw error;
        shell.error(error.message);
        if (!(await askAgain(shell))) throw new ShellError("the document was not changed");
      }
    }
  } finally {
    await io.remove(path);
  }
}

async function runEditor(shell: Shell, path: string): Promise<void> {
  const { env } = shell.io;
  const editor = env.VISUAL || env.EDITOR || "vi";
  // As every program does it: the variable may hold arguments, but is no shell script.
  const [program = "vi", ...args] = editor.split(/\s+/).filter((word) => word !== "");
  const status = await shell.io.run(program, [...args, path]);
  if (status !== 0)
    throw new ShellError(`internal error: Child process (${editor} ${path}) unexpected exit status ${status}`);
}

async function askAgain(shell: Shell): Promise<boolean> {
  const { terminal } = shell.io;
  if (!terminal) return false;
  const { createInterface } = await import("node:readline/promises");
  const readline = createInterface({ input: terminal.input, output: terminal.output });
  try {
    return /^y/i.test(await readline.question("Failed. Try again? [y,n]: ", { signal: shell.signal }));
  } finally {
    readline.close();
  }
}
