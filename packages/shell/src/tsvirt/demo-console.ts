import type { VirtStream } from "@tsvirt/client";
import type { ShellIo } from "../vsh/io.ts";

/** Ctrl and ], which leaves a console. */
const ESCAPE = 0x1d;

/**
 * Connects a console with the user's terminal, its keys passed on as they are, until the guest ends it or the user leaves with
 * Ctrl-]. Without a terminal only shows what the console says. Ends the stream.
 */
export async function attachConsole(console: VirtStream, io: ShellIo, signal: AbortSignal): Promise<void> {
  const { terminal } = io;
  const leave = () => void console.abort();
  const onKeys = (keys: Buffer) => {
    const end = keys.indexOf(ESCAPE);
    const typed = end === -1 ? keys : keys.subarray(0, end);
    // A guest that is gone takes no more keys; the end of its output ends us.
    if (typed.length > 0) console.write(Uint8Array.from(typed)).catch(leave);
    if (end !== -1) leave();
  };
  signal.addEventListener("abort", leave, { once: true });
  terminal?.input.setRawMode?.(true);
  terminal?.input.on("data", onKeys);
  terminal?.input.resume();
  try {
    const decoder = new TextDecoder();
    for await (const chunk of console.chunks) {
      if (chunk instanceof Uint8Array) io.out(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    signal.removeEventListener("abort", leave);
    terminal?.input.off("data", onKeys);
    terminal?.input.pause();
    terminal?.input.setRawMode?.(false);
    await console.abort();
  }
}
