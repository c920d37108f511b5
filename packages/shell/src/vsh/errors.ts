/**
 * What a command says on its way out, after `error: `. A {@link VirtError} as its cause is reported after it, on a line
 * of its own, as virsh reports what libvirt said.
 */
export class ShellError extends Error {
  override readonly name = "ShellError";
}

/** The command failed and has reported why. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}
