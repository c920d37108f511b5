/** Samples of one quantity from each daemon. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Whether more is better. */
  readonly rate: boolean;
  readonly samples: Map<string, number[]>;
}

/** The middle one of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}

/** Milliseconds that `work` takes. */
export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** All metrics of a run, in the order of their first sample. */
export class Report {
  readonly #metrics = new Map<string, Metric>();

  add(name: string, unit: string, daemon: string, value: number): void {
    const metric = this.#metrics.get(name) ?? { name, unit, rate: unit.endsWith("/s"), samples: new Map() };
    this.#metrics.set(name, metric);
    metric.samples.set(daemon, [...(metric.samples.get(daemon) ?? []), value]);
  }

  /** Medians, a line per metric; with two daemons also how many times better the second is (above 1: better). */
  table(daemons: readonly string[]): string {
    const [first = "", second] = daemons;
    const rows = [...this.#metrics.values()].map(({ name, unit, rate, samples }) => {
      const medians = daemons.map((daemon) => median(samples.get(daemon) ?? []));
      const [a = Number.NaN, b = Number.NaN] = medians;
      const ratio = rate ? b / a : a / b;
      return [
        `${name} (${unit})`,
        ...medians.map((value) => format(value)),
        ...(second === undefined ? [] : [ratio.toFixed(2)]),
      ];
    });
    const head = ["", first, ...(second === undefined ? [] : [second, "ratio"])];
    const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
    const line = (row: readonly string[]) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ");
    return [head, ...rows].map(line).join("\n");
  }
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3);
}
