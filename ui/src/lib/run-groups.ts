/** Runs grouped by a value, with what their numbers come to. */

export interface NumberSummary {
  mean: number;
  min: number;
  max: number;
  /** How many runs of the group have a finite number. */
  n: number;
  /** The standard deviation of a sample (n − 1), NaN for one run. */
  deviation: number;
}

export interface RunGroup<R> {
  /** The common value; null for runs without one. */
  value: string | number | null;
  runs: R[];
}

/** Groups in the order in which their first run comes. */
export function groupRuns<R>(runs: readonly R[], valueBy: (run: R) => string | number | null): RunGroup<R>[] {
  const groups = new Map<string | number | null, RunGroup<R>>();
  for (const run of runs) {
    const value = valueBy(run);
    const group = groups.get(value);
    if (group) group.runs.push(run);
    else groups.set(value, { value, runs: [run] });
  }
  return [...groups.values()];
}

/** What numbers come to; null without a finite one. */
export function summarise(values: readonly (string | number | null)[]): NumberSummary | null {
  const numbers = values
    .map((one) => (typeof one === "string" && one.trim() !== "" ? Number(one) : one))
    .filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (numbers.length === 0) return null;
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const squares = numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return {
    mean,
    min: numbers.reduce((a, b) => Math.min(a, b)),
    max: numbers.reduce((a, b) => Math.max(a, b)),
    n: numbers.length,
    deviation: Math.sqrt(squares / (numbers.length - 1)),
  };
}
