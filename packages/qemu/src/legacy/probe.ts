import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { parseBanner } from "./help.ts";
import { FIRST_QMP_VERSION, legacyCapabilities } from "./profile.ts";

/** What one run of an emulator printed. Old ones end with status 1 as well after answering. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** How an emulator without QMP is asked. */
export interface LegacyProbe {
  /** Path of the emulator: its name tells what it emulates. */
  readonly emulator: string;
  /** libvirt's name of the host's architecture. */
  readonly hostArch: string;
  /** Whether `/dev/kvm` can be opened. */
  readonly kvm: boolean;
  /** Runs the emulator with these arguments to its end. */
  run(args: readonly string[]): Promise<Printed>;
}

/**
 * Finds out what an emulator before QEMU 1.2 can do, from what it prints. `undefined` if it is a later one, whose QMP has to
 * tell. Throws libvirt's "cannot parse … version number" for what is no QEMU, and what `run` throws.
 */
export async function probeLegacy(probe: LegacyProbe): Promise<QemuCapabilities | undefined> {
  const { emulator } = probe;
  const help = textOf(await probe.run(["-help"]));
  const banner = parseBanner(help, emulator);
  if (banner.version >= FIRST_QMP_VERSION) return undefined;
  const machines = textOf(await probe.run(["-M", "?"]));
  const cpus = textOf(await probe.run(["-cpu", "?"]));
  const devices = /(?:^|\s)-device\b/.test(help) ? await probe.run(["-device", "?"]) : { stdout: "", stderr: "" };
  const capabilities = legacyCapabilities(
    emulator,
    probe.hostArch,
    // This one answer goes to the standard error.
    { banner, help, machines, cpus, devices: `${devices.stdout}\n${devices.stderr}` },
    probe.kvm,
  );
  if (capabilities.data.legacy?.xenner !== true && capabilities.machines("tcg").length === 0) {
    throw virtError(ErrorCode.internalError, `emulator ${emulator} lists no machine types`);
  }
  return capabilities;
}

/** Help goes to the standard output; a few builds print it to the other one. */
function textOf({ stdout, stderr }: Printed): string {
  return stdout.trim() === "" ? stderr : stdout;
}

/**
 * Asks an emulator by QMP or, when it ends instead of answering, by its help; one that hangs would hang again. The first
 * failure is thrown when the help does not show an old emulator either.
 */
export async function probeEither(
  byQmp: () => Promise<QemuCapabilities>,
  byHelp: () => Promise<QemuCapabilities | undefined>,
): Promise<QemuCapabilities> {
  try {
    return await byQmp();
  } catch (error) {
    if (!(error instanceof VirtError) || error.code === ErrorCode.operationTimeout) throw error;
    const legacy = await byHelp().catch((second: unknown) => {
      if (!(second instanceof VirtError)) throw second;
      return undefined;
    });
    if (!legacy) throw error;
    return legacy;
  }
}
