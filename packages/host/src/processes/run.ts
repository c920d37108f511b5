import { ErrorCode, endsWithin, virtError } from "@tsvirt/base";
import type { Sockets } from "../sockets/sockets.ts";
import type { Child, ExitStatus, LaunchSpec, RunOptions, RunResult } from "./processes.ts";

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_OUTPUT = 1024 * 1024;
/** After the end of a helper, a descendant of it may still hold its outputs: they are read this long at most. */
const OUTPUT_GRACE = 1_000;

/** Only what helpers need to find their own helpers and to speak English. */
const helperEnvironment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" } as const;

interface Collected {
  readonly text: () => string;
  readonly done: Promise<void>;
}

/** Runs a helper program to its end: see `Processes.run`. */
export async function runHelper(
  options: RunOptions,
  sockets: Sockets,
  launch: (spec: LaunchSpec) => Promise<Child>,
): Promise<RunResult> {
  const { argv, input } = options;
  const limit = options.maxOutput ?? DEFAULT_OUTPUT;
  const stdin = sockets.pair();
  const stdout = sockets.pair();
  const stderr = sockets.pair();
  let child: Child | undefined;
  let failure: Error | undefined;
  const kill = (why: Error): void => {
    failure ??= why;
    child?.signal(9);
  };
  const collect = ({ ours }: typeof stdout): Collected => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const done = new Promise<void>((resolve) => {
      ours.start({
        data: (bytes, fds) => {
          for (const each of fds) each.close();
          size += bytes.length;
          if (size > limit) kill(virtError(ErrorCode.internalError, `output of '${argv[0]}' exceeds ${limit} bytes`));
          else chunks.push(bytes);
        },
        closed: () => resolve(),
      });
    });
    return { text: () => Buffer.concat(chunks).toString("utf8"), done };
  };
  const timeout = options.timeout ?? DEFAULT_TIMEOUT;
  const timer = setTimeout(() => {
    kill(virtError(ErrorCode.operationTimeout, `'${argv[0]}' did not end within ${timeout} ms`));
  }, timeout);
  const onAbort = (): void => {
    const { reason }: { reason: unknown } = options.signal ?? { reason: undefined };
    kill(reason instanceof Error ? reason : virtError(ErrorCode.operationAborted));
  };
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const out = collect(stdout);
    const err = collect(stderr);
    child = await launch({
      argv,
      env: { ...helperEnvironment, ...options.env },
      fds: new Map([
        [0, stdin.theirs],
        [1, stdout.theirs],
        [2, stderr.theirs],
      ]),
      dieWithUs: true,
      ...(options.credentials ? { credentials: options.credentials } : {}),
      ...(options.capabilities ? { capabilities: options.capabilities } : {}),
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.noNewPrivileges ? { noNewPrivileges: true } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    for (const each of [stdin, stdout, stderr]) each.theirs.close();
    if (input !== undefined) stdin.ours.write(typeof input === "string" ? Buffer.from(input) : input);
    await Promise.race([stdin.ours.end(), child.ended]);
    const status: ExitStatus = await child.ended;
    await endsWithin(Promise.all([out.done, err.done]), OUTPUT_GRACE);
    if (failure) throw failure;
    return { ...status, stdout: out.text(), stderr: err.text() };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    for (const each of [stdin, stdout, stderr]) {
      each.theirs.close();
      each.ours.close();
    }
  }
}

/** Throws libvirt's error for a helper that did not succeed: what was run, with what was added to its environment. */
export function requireSuccess({ argv, env = {} }: Pick<RunOptions, "argv" | "env">, result: RunResult): RunResult {
  if (result.code === 0) return result;
  const how = result.signal === undefined ? `exit status ${result.code}` : `fatal signal ${result.signal}`;
  const words = result.stderr === "" ? "" : `: ${result.stderr}`;
  const command = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...argv].join(" ");
  throw virtError(ErrorCode.internalError, `Child process (${command}) unexpected ${how}${words}`);
}
