import { resolve } from "node:path";
import type { LogLevel, LogRecord } from "@tsvirt/base";
import { invalid, words } from "./filters.ts";
import { levelNumber, levelOf } from "./levels.ts";

/** `LEVEL:KIND[:TARGET]`: where records of at least `level` go. */
export interface LogOutputSpec {
  readonly level: LogLevel;
  readonly kind: "stderr" | "journald" | "syslog" | "file";
  /** The identity of `syslog`, the path of `file`; empty otherwise. */
  readonly target: string;
}

/** An open output. */
export interface LogOutput extends AsyncDisposable {
  readonly spec: LogOutputSpec;
  /** Takes a record that has passed the filters. Never throws and never waits. */
  write(record: LogRecord): void;
}

const needsTarget = { stderr: false, journald: false, syslog: true, file: true } as const;

/** Reads libvirt's `log_outputs`. Throws libvirt's own errors. */
export function parseOutputs(text: string): LogOutputSpec[] {
  return words(text).map((word) => {
    const [number = "", kind, ...rest] = word.split(":");
    const level = levelOf(number);
    if (!level) throw invalid(`Invalid log priority '${number}' for log output '${word}'`);
    if (kind === undefined) throw invalid(`Malformed format for log output '${word}'`);
    if (!isKind(kind)) throw invalid(`Invalid log destination '${kind}' for log output '${word}'`);
    const target = rest.join(":");
    if (needsTarget[kind] !== (target !== "")) {
      throw invalid(`Log output '${word}' does not meet the format requirements for destination type '${kind}'`);
    }
    return { level, kind, target: kind === "file" ? resolve(target) : target };
  });
}

/** Writes outputs as `virt-admin daemon-log-outputs` shows them. */
export function formatOutputs(specs: readonly LogOutputSpec[]): string {
  return specs
    .map(({ level, kind, target }) => `${levelNumber[level]}:${kind}${target === "" ? "" : `:${target}`}`)
    .join(" ");
}

function isKind(word: string): word is LogOutputSpec["kind"] {
  return Object.hasOwn(needsTarget, word);
}
