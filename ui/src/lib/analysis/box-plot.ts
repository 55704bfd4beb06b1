/** What a box plot shows of some numbers. */

/**
 * A quantile of numbers in ascending order, by the definition that R calls type 7 and that NumPy has by default:
 * linear between the values around (n - 1) p.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (at - below) * (high - low);
}

export interface Box {
  n: number;
  min: number;
  q1: number;
  median: number;
  q3: number;
  max: number;
  /** The farthest values that are at most 1.5 interquartile ranges from the box (Tukey). */
  low: number;
  high: number;
  /** Positions, among the given values, of those beyond the whiskers. */
  outliers: number[];
}

/** The box of some values, of which those that are not finite are left out; null when none is left. */
export function boxOf(values: ArrayLike<number>): Box | null {
  const sorted = Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
  const n = sorted.length;
  if (n === 0) return null;
  const q1 = quantile(sorted, 0.25);
  const q3 = quantile(sorted, 0.75);
  const reach = 1.5 * (q3 - q1);
  const inside = sorted.filter((one) => one >= q1 - reach && one <= q3 + reach);
  const low = inside[0] ?? q1;
  const high = inside[inside.length - 1] ?? q3;
  const outliers: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isFinite(value) && (value < low || value > high)) outliers.push(i);
  }
  return {
    n,
    min: sorted[0] ?? Number.NaN,
    q1,
    median: quantile(sorted, 0.5),
    q3,
    max: sorted[n - 1] ?? Number.NaN,
    low,
    high,
    outliers,
  };
}
