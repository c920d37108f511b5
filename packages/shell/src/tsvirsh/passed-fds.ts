import { ShellError } from "../vsh/errors.ts";

/** Node cannot send descriptors over a socket without native code, which this program does not have. */
export function refusePassedFds(option: string | undefined): void {
  if (option === undefined) return;
  throw new ShellError("Passing file descriptors is not supported by this program");
}
