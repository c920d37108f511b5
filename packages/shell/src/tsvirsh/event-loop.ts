import { deferred, Rollback } from "@tsvirt/base";
import type { Listening } from "@tsvirt/client";
import { CommandFailed, ShellError } from "../vsh/errors.ts";
import type { Json } from "../vsh/output.ts";
import type { Shell } from "../vsh/shell.ts";

/** How long to watch. */
export interface WatchOptions {
  /** Beyond the first event. */
  readonly loop: boolean;
  /** Seconds. */
  readonly timeout: number | undefined;
  /** Each event's text starts with the time. */
  readonly timestamp: boolean;
}

/** An event as it is reported. */
export interface EventReport {
  readonly text: string;
  readonly json: Json;
}

/** Checks the value of `--timeout`. */
export function positiveTimeout(seconds: number | undefined): number | undefined {
  if (seconds !== undefined && (seconds < 1 || seconds > 0x7fff_ffff / 1000)) {
    throw new ShellError(`Numeric value '${seconds}' for <timeout> option is malformed or out of range`);
  }
  return seconds;
}

/** Starts events; each is handed on as a report. */
export type EventSource = (report: (event: EventReport) => void) => Promise<Listening>;

/** Reports events of some sources until one came, the time is over, or the user interrupts; then closes them. */
export async function watchEvents(
  shell: Shell,
  { loop, timeout, timestamp }: WatchOptions,
  sources: readonly EventSource[],
): Promise<void> {
  const ended = deferred<"done" | "interrupted" | "timed out">();
  let count = 0;
  const report = ({ text, json }: EventReport): void => {
    if (!loop && count > 0) return;
    count++;
    const now = shell.io.now();
    shell.out.event(
      timestamp ? `${timestampText(now)}: ${text}` : text,
      timestamp ? { time: now, report: json } : json,
    );
    if (!loop) ended.resolve("done");
  };
  const interrupted = (): void => ended.resolve("interrupted");
  const late = (): void => ended.resolve("timed out");
  await using all = new Rollback();
  for (const start of sources) {
    const listening = await start(report);
    all.add(() => listening.close());
  }
  const deadline = timeout === undefined ? undefined : AbortSignal.timeout(timeout * 1000);
  shell.signal.addEventListener("abort", interrupted, { once: true });
  deadline?.addEventListener("abort", late, { once: true });
  if (shell.signal.aborted) interrupted();
  void shell.connection.closed.then(() => ended.resolve("done"));
  const outcome = await ended.promise;
  shell.signal.removeEventListener("abort", interrupted);
  if (outcome !== "done") shell.out.print(`event loop ${outcome}\n`);
  shell.out.print(`events received: ${count}\n`);
  if (count === 0) throw new CommandFailed("");
}

/** `2023-01-31 23:59:59.123+0000`. */
function timestampText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "+0000");
}
