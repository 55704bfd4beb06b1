/** How much of a metric's differences go with a column, whatever the curve: to choose what is worth a look. */

import { type ColumnValues, type NumberColumn, numbersOf } from "./column-values";

const PARTS = 8;

/**
 * The share of the variance of `target` that lies between groups of the column's values: epsilon squared (Kelley, 1935),
 * which is about 0 where there is nothing, also with many groups. Numbers are cut into eight parts with as many runs each.
 */
export function effectOf(column: ColumnValues, target: NumberColumn): number {
  const values = numbersOf(column);
  const runs: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i]) && !Number.isNaN(target.numbers[i])) runs.push(i);
  }
  const groupOf =
    column.kind === "number" && column.distinct > PARTS ? byRank(runs, values) : (run: number) => values[run] ?? 0;
  const groups = new Map<number, { n: number; sum: number }>();
  let sum = 0;
  let squares = 0;
  for (const run of runs) {
    const y = target.numbers[run] ?? 0;
    const key = groupOf(run);
    const group = groups.get(key) ?? { n: 0, sum: 0 };
    group.n++;
    group.sum += y;
    groups.set(key, group);
    sum += y;
    squares += y * y;
  }
  const n = runs.length;
  const k = groups.size;
  const total = squares - sum ** 2 / n;
  if (k < 2 || n <= k || !(total > 0)) return 0;
  let between = -(sum ** 2) / n;
  for (const group of groups.values()) between += group.sum ** 2 / group.n;
  const within = Math.max(0, total - between);
  return Math.max(0, 1 - within / (n - k) / (total / (n - 1)));
}

function byRank(runs: readonly number[], values: Float64Array): (run: number) => number {
  const sorted = Float64Array.from(runs, (run) => values[run] ?? 0).sort();
  const bounds = Array.from(
    { length: PARTS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / PARTS)] ?? 0,
  );
  return (run) => bounds.filter((bound) => bound <= (values[run] ?? 0)).length;
}
