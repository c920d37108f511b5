import { basename } from "node:path";
import { text } from "node:stream/consumers";
import { openHost } from "@tsvirt/host";
import { helperMain } from "./qemu/security/apparmor/helper.ts";

/** The program `tsvirt-aa-helper`: resolves with its exit status. See `helperMain`. */
export function main(argv: readonly string[]): Promise<number> {
  process.umask(0o022);
  return helperMain(argv, {
    host: openHost(),
    input: () => text(process.stdin),
    out: (line) => process.stdout.write(line),
    err: (line) => process.stderr.write(line),
    program: basename(process.argv[1] ?? "tsvirt-aa-helper"),
  });
}
