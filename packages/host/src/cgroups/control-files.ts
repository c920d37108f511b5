/**
 * Single steps on the kernel's control group file systems: the seam under {@link ControlGroup}. Errors are `SystemError`s
 * with the kernel's own errno.
 */
export interface ControlFiles {
  /** A small file; `undefined` when it is not there. */
  read(path: string): Promise<string | undefined>;
  /** Writes a value into a file that is there, in one call. */
  write(path: string, text: string): Promise<void>;
  /** Makes one directory; false when it was there. */
  makeDirectory(path: string): Promise<boolean>;
  /** Removes an empty group; false when it was not there. Throws EBUSY while it has processes. */
  removeDirectory(path: string): Promise<boolean>;
  /** Names of the directories in a directory; empty when it is not there. */
  directories(path: string): Promise<readonly string[]>;
  /** Puts a program that decides on devices (`BPF_PROG_TYPE_CGROUP_DEVICE`) in place of the group's former one. */
  attachDeviceProgram(path: string, program: Uint8Array): void;
}
