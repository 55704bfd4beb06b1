/** Where on an axis a value is: 0 at its start, 1 at its end. */

export interface Scale {
  low: number;
  high: number;
  log: boolean;
}

/** From the least to the greatest of some values. */
export interface Span {
  low: number;
  high: number;
}

/** The place of a value on an axis; NaN where a logarithmic axis has none. */
export function toUnit({ low, high, log }: Scale, value: number): number {
  if (log) return value > 0 ? Math.log10(value / low) / Math.log10(high / low) : Number.NaN;
  // Halves, so that an axis from the least to the greatest float does not overflow.
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}

/** The value at a place on an axis. */
export function fromUnit({ low, high, log }: Scale, unit: number): number {
  if (log) return low * (high / low) ** unit;
  return low * (1 - unit) + high * unit;
}

const AROUND_ONE = 0.5;

/** A scale that shows [low, high] with some room around, and never has a length of 0. */
export function scaleAround(low: number, high: number, log: boolean, room: number): Scale {
  if (log) {
    const span = Math.log10(high / low);
    const more = span > 0 ? span * room : AROUND_ONE;
    const [least, greatest] = [low / 10 ** more, high * 10 ** more];
    return { low: least > 0 ? least : low, high: Number.isFinite(greatest) ? greatest : high, log };
  }
  const span = high - low;
  const tiny = span <= Math.max(Math.abs(low), Math.abs(high)) * 1e-14;
  const more = tiny ? Math.abs(high) * 0.1 || 1 : Number.isFinite(span) ? span * room : 0;
  return { low: finite(low - more), high: finite(high + more), log };
}

function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

/** The first index of sorted `x` whose value is not below `value`. */
export function lowerBound(x: Float64Array, value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index of sorted `x` whose value is above `value`. */
export function upperBound(x: Float64Array, value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
