import { spawn } from "node:child_process";
import { deferred, Rollback } from "@tsvirt/base";
import { probeArguments, probeCapabilities, type QemuCapabilities, QmpSession } from "@tsvirt/qemu";
import { CommandFailed, ShellError } from "../vsh/errors.ts";

/** Milliseconds for all questions. */
const LIMIT = 30_000;

/**
 * Starts an emulator, once or with KVM twice, and asks what it can do. It ends with the questions. Throws a `ShellError` for what
 * cannot be run or does not answer.
 */
export async function askEmulator(emulator: string): Promise<QemuCapabilities> {
  const signal = AbortSignal.timeout(LIMIT);
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
      ended.reject(new ShellError(`'${emulator}' ended with ${status ?? "a signal"}${said === "" ? "" : `: ${said}`}`));
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
