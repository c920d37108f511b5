import { execFile, spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { arch } from "node:os";
import { deferred, Rollback, VirtError } from "@tsvirt/base";
import {
  type Printed,
  probeArguments,
  probeCapabilities,
  probeLegacy,
  type QemuCapabilities,
  QmpSession,
} from "@tsvirt/qemu";
import { CommandFailed, ShellError } from "../vsh/errors.ts";

/** Milliseconds for all questions. */
const LIMIT = 30_000;

/** Longest that an emulator's help may be. */
const HELP_BYTES = 256 * 1024;

/** The emulator ended before it answered. */
class EndedError extends ShellError {}

/**
 * Starts an emulator, once or with KVM twice, and asks what it can do; one from before QMP ends instead of answering, and its
 * help is read. It ends with the questions. Throws a `ShellError` for what cannot be run or does not answer.
 */
export async function askEmulator(emulator: string): Promise<QemuCapabilities> {
  const signal = AbortSignal.timeout(LIMIT);
  try {
    return await askByQmp(emulator, signal);
  } catch (error) {
    if (!(error instanceof EndedError)) throw error;
    const legacy = await readHelp(emulator, signal).catch((second: unknown) => {
      if (!(second instanceof VirtError)) throw second;
      return undefined;
    });
    if (!legacy) throw error;
    return legacy;
  }
}

async function readHelp(emulator: string, signal: AbortSignal): Promise<QemuCapabilities | undefined> {
  const kvm = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  const run = (args: readonly string[]): Promise<Printed> =>
    // Old ones end with status 1 after answering.
    new Promise((resolve) => {
      execFile(emulator, args, { signal, maxBuffer: HELP_BYTES }, (_, stdout, stderr) => resolve({ stdout, stderr }));
    });
  const names: Readonly<Record<string, string>> = { x64: "x86_64", ia32: "i686", arm64: "aarch64" };
  return probeLegacy({ emulator, hostArch: names[arch()] ?? arch(), kvm, run });
}

async function askByQmp(emulator: string, signal: AbortSignal): Promise<QemuCapabilities> {
  await using undo = new Rollback();
  const open = async (accel: "kvm:tcg" | "tcg"): Promise<QmpSession> => {
    const child = spawn(emulator, [...probeArguments(accel), "-qmp", "stdio"], { stdio: ["pipe", "pipe", "pipe"] });
    const ended = deferred<never>();
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      words += text;
    });
    const session = new QmpSession({ send: (line) => child.stdin.write(line) });
    child.stdin.on("error", (error) => ended.reject(error));
    child.on("error", (error) => ended.reject(new ShellError(`cannot run '${emulator}'`, { cause: notFound(error) })));
    child.on("exit", (status) => {
      const said = words.trim().split("\n").at(-1) ?? "";
      ended.reject(new EndedError(`'${emulator}' ended with ${status ?? "a signal"}${said === "" ? "" : `: ${said}`}`));
    });
    child.stdout.on("data", (bytes: Buffer) => session.receive(Uint8Array.from(bytes)));
    undo.add(() => void child.kill());
    const late = (): void => ended.reject(new ShellError(`'${emulator}' does not answer`));
    signal.addEventListener("abort", late, { once: true });
    await Promise.race([session.start(), ended.promise]);
    ended.promise.catch(() => session.close(new ShellError(`'${emulator}' has ended`)));
    return session;
  };
  // Awaited here: the emulators end when this function does.
  return await probeCapabilities(await open("kvm:tcg"), { signal, openTcg: () => open("tcg") });
}

function notFound(error: Error): CommandFailed {
  return new CommandFailed("code" in error && error.code === "ENOENT" ? "No such program" : error.message);
}
