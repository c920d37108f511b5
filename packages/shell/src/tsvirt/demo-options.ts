import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ShellError } from "../vsh/errors.ts";

/** What the demo boots. */
export type DemoBoot =
  | { readonly kind: "built-in" }
  | { readonly kind: "kernel"; readonly kernel: string; readonly initrd: string | undefined; readonly append: string }
  | { readonly kind: "disk"; readonly image: string; readonly format: "raw" | "qcow2" };

/** What `tsvirt demo` was asked. */
export interface DemoOptions {
  readonly boot: DemoBoot;
  /** MiB. */
  readonly memory: number;
  /** Emulate the processor even where /dev/kvm could be used. */
  readonly emulate: boolean;
  /** Write the built-in guest's image and document into this directory instead of booting. */
  readonly write: string | undefined;
  /** The driver to use instead of one in this process. */
  readonly connect: string | undefined;
  readonly help: boolean;
}

/** The usage text of `tsvirt demo`. */
export const DEMO_USAGE = `Usage: tsvirt demo [OPTION]...
Boots a guest within this process (qemu:///embed), without a daemon and without root,
and leaves nothing behind.

Without options: a boot sector made by tsvirt itself, led through its whole life.

  --kernel FILE   boot this kernel and connect the terminal to its console
  --initrd FILE   the kernel's initial file system
  --append TEXT   the kernel's command line (default: console=ttyS0)
  --disk FILE     boot this disk image, which the guest may change, and connect the terminal
  --format TYPE   raw or qcow2 (default: by the image's name)
  --memory MIB    the guest's memory (default: 16, with --kernel or --disk 512)
  --emulate       emulate the processor even where KVM could be used
  --write DIR     write the boot sector's image and a definition into DIR, to go on with
  --connect URI   use a daemon instead of this process
  -h, --help      this help
`;

/** Parses the arguments of `tsvirt demo`; relative paths are those of `directory`. Throws a `ShellError`. */
export function parseDemoOptions(argv: readonly string[], directory: string): DemoOptions {
  const { values } = parsed(argv);
  const path = (name: string | undefined) => (name === undefined ? undefined : resolve(directory, name));
  if (values.kernel !== undefined && values.disk !== undefined) {
    throw new ShellError("Options --kernel and --disk are mutually exclusive");
  }
  if (values.kernel === undefined && (values.initrd !== undefined || values.append !== undefined)) {
    throw new ShellError("Options --initrd and --append need --kernel");
  }
  const memory = values.memory === undefined ? undefined : Number(values.memory);
  if (memory !== undefined && !(Number.isInteger(memory) && memory >= 1 && memory <= 1 << 20)) {
    throw new ShellError(`'${values.memory}' is no number of MiB for --memory`);
  }
  const boot = bootOf(path(values.kernel), path(values.initrd), values.append, path(values.disk), values.format);
  return {
    boot,
    memory: memory ?? (boot.kind === "built-in" ? 16 : 512),
    emulate: values.emulate === true,
    write: path(values.write),
    connect: values.connect,
    help: values.help === true,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        kernel: { type: "string" },
        initrd: { type: "string" },
        append: { type: "string" },
        disk: { type: "string" },
        format: { type: "string" },
        memory: { type: "string" },
        emulate: { type: "boolean" },
        write: { type: "string" },
        connect: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) throw new ShellError(error.message, { cause: error });
    throw error;
  }
}

function bootOf(
  kernel: string | undefined,
  initrd: string | undefined,
  append: string | undefined,
  disk: string | undefined,
  format: string | undefined,
): DemoBoot {
  if (format !== undefined && format !== "raw" && format !== "qcow2") {
    throw new ShellError(`'${format}' is no format of --disk, expected raw or qcow2`);
  }
  if (kernel !== undefined) return { kind: "kernel", kernel, initrd, append: append ?? "console=ttyS0" };
  if (disk === undefined) return { kind: "built-in" };
  // By name, never by what is in it: a raw image's content is its guest's to choose.
  return { kind: "disk", image: disk, format: format ?? (disk.endsWith(".qcow2") ? "qcow2" : "raw") };
}
