import type { Domain, VirtStream } from "@tsvirt/client";
import { ShellError } from "../vsh/errors.ts";
import type { Shell } from "../vsh/shell.ts";

const extensions: Readonly<Record<string, string>> = {
  "image/png": ".png",
  "image/x-portable-pixmap": ".ppm",
  "image/bmp": ".bmp",
};

/** Writes a picture to a file: the given one, or one named after the guest and the time. Returns its name. */
export async function saveScreenshot(
  shell: Shell,
  domain: Domain,
  mime: string,
  stream: VirtStream,
  given: string | undefined,
): Promise<string> {
  await using picture = stream;
  const path = given ?? `${domain.name}-${stamp(shell.io.now())}${extensions[mime] ?? ""}`;
  const existed = given !== undefined && (await exists(shell, path));
  const file = await shell.io.create(path).catch((error: unknown) => {
    throw new ShellError(`cannot create file ${path}`, { cause: error });
  });
  let complete = false;
  try {
    for await (const bytes of picture.readable) await file.write(bytes);
    complete = true;
  } finally {
    await file.close();
    if (!complete && !existed) await shell.io.remove(path);
  }
  return path;
}

async function exists(shell: Shell, path: string): Promise<boolean> {
  const slash = path.lastIndexOf("/") + 1;
  return (await shell.io.list(path.slice(0, slash) || ".")).includes(path.slice(slash));
}

/** `2023-01-31-23:59:59` of now, in universal time. */
function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", "-");
}
