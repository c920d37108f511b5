import type koffi from "koffi";
import { SystemError } from "../errors.ts";
import { littleEndian, type NativeBlock, nativeBlock } from "./memory.ts";

type Ffi = typeof koffi;

const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;

/** Input of `Libc.posixSpawn`. */
export interface SpawnInput {
  /** Absolute path of the program; PATH is not searched. */
  readonly path: string;
  readonly argv: readonly string[];
  /** `NAME=value` strings: the whole environment. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** Child descriptor number to a descriptor of ours. All others are closed in the child. */
  readonly fds: ReadonlyMap<number, number>;
  /** Make the child a session leader. */
  readonly session: boolean;
}

/** The ends of a descriptor's life that {@link spawn} needs. */
export interface DescriptorCalls {
  duplicate(fd: number, atLeast: number): number;
  close(fd: number): void;
}

interface SpawnFunctions {
  readonly actionsInit: (actions: bigint) => number;
  readonly actionsDestroy: (actions: bigint) => number;
  readonly addDup2: (actions: bigint, fd: number, wanted: number) => number;
  readonly addClose: (actions: bigint, fd: number) => number;
  readonly addCloseFrom: (actions: bigint, from: number) => number;
  readonly addChdir: (actions: bigint, path: string) => number;
  readonly attrInit: (attr: bigint) => number;
  readonly attrDestroy: (attr: bigint) => number;
  readonly setFlags: (attr: bigint, flags: number) => number;
  readonly setDefault: (attr: bigint, signals: bigint) => number;
  readonly setMask: (attr: bigint, signals: bigint) => number;
  readonly spawn: (
    pid: bigint,
    path: string,
    actions: bigint,
    attr: bigint,
    argv: readonly (string | null)[],
    env: readonly (string | null)[],
  ) => number;
  readonly block: NativeBlock;
}

let spawnFunctions: SpawnFunctions | undefined;

function loadSpawn(ffi: Ffi, lib: ReturnType<Ffi["load"]>): SpawnFunctions {
  const pointer = "void *";
  return {
    actionsInit: lib.func("posix_spawn_file_actions_init", "int", [pointer]),
    actionsDestroy: lib.func("posix_spawn_file_actions_destroy", "int", [pointer]),
    addDup2: lib.func("posix_spawn_file_actions_adddup2", "int", [pointer, "int", "int"]),
    addClose: lib.func("posix_spawn_file_actions_addclose", "int", [pointer, "int"]),
    addCloseFrom: lib.func("posix_spawn_file_actions_addclosefrom_np", "int", [pointer, "int"]),
    addChdir: lib.func("posix_spawn_file_actions_addchdir_np", "int", [pointer, "str"]),
    attrInit: lib.func("posix_spawnattr_init", "int", [pointer]),
    attrDestroy: lib.func("posix_spawnattr_destroy", "int", [pointer]),
    setFlags: lib.func("posix_spawnattr_setflags", "int", [pointer, "short"]),
    setDefault: lib.func("posix_spawnattr_setsigdefault", "int", [pointer, pointer]),
    setMask: lib.func("posix_spawnattr_setsigmask", "int", [pointer, pointer]),
    spawn: lib.func("posix_spawn", "int", [pointer, "str", pointer, pointer, "str *", "str *"]),
    block: nativeBlock(ffi, 2048),
  };
}

/** See `Libc.posixSpawn`. */
export function spawn(ffi: Ffi, lib: ReturnType<Ffi["load"]>, input: SpawnInput, calls: DescriptorCalls): number {
  spawnFunctions ??= loadSpawn(ffi, lib);
  const f = spawnFunctions;
  // The opaque structures are 80, 336 and 128 bytes in glibc; the block has room to spare for each.
  const actions = f.block.address;
  const attr = actions + 512n;
  const signals = actions + 1024n;
  const none = actions + 1280n;
  const pid = actions + 1536n;
  f.block.bytes.fill(0);
  // Signals 1 to 64, all of which start at their default in the child.
  f.block.bytes.fill(0xff, 1024, 1032);
  const must = (errno: number): void => {
    if (errno !== 0) throw new SystemError(errno, `Unable to start '${input.path}'`);
  };
  const top = Math.max(-1, ...input.fds.keys());
  const staged: number[] = [];
  must(f.actionsInit(actions));
  try {
    must(f.attrInit(attr));
    try {
      // Staged above every wanted number, so that no dup2 overwrites a later one's source.
      for (const [wanted, ours] of input.fds) {
        const source = calls.duplicate(ours, top + 1);
        staged.push(source);
        must(f.addDup2(actions, source, wanted));
      }
      for (let fd = 0; fd < top; fd++) if (!input.fds.has(fd)) must(f.addClose(actions, fd));
      must(f.addCloseFrom(actions, top + 1));
      must(f.addChdir(actions, input.cwd));
      must(f.setDefault(attr, signals));
      must(f.setMask(attr, none));
      const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (input.session ? POSIX_SPAWN_SETSID : 0);
      must(f.setFlags(attr, flags));
      must(f.spawn(pid, input.path, actions, attr, [...input.argv, null], [...input.env, null]));
      return f.block.view.getInt32(1536, littleEndian);
    } finally {
      f.attrDestroy(attr);
    }
  } finally {
    f.actionsDestroy(actions);
    for (const each of staged) calls.close(each);
  }
}
