/** Values that stand out of the band around them, and would be a faint hair in it. */

/** The buckets whose greatest, and those whose least value stands out. */
export interface Spikes {
  up: number[];
  down: number[];
}

const REACH = 3;

/**
 * Buckets whose greatest (least) value is above (below) all of the `REACH` on each side by over half the usual height of
 * the band. One point in 100,000 is a bucket one pixel wide in a band of little opacity: it is drawn as a line of its own.
 * In noise that has no outliers, hardly any bucket is one.
 */
export function findSpikes(low: Float64Array, high: Float64Array): Spikes {
  const usual = medianHeight(low, high);
  const found: Spikes = { up: [], down: [] };
  for (let i = 0; i < high.length; i++) {
    const [top, bottom] = [high[i] ?? Number.NaN, low[i] ?? Number.NaN];
    if (!(top > bottom)) continue;
    let [highest, lowest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let j = Math.max(0, i - REACH); j <= Math.min(high.length - 1, i + REACH); j++) {
      if (j === i) continue;
      if ((high[j] ?? Number.NaN) > highest) highest = high[j] ?? highest;
      if ((low[j] ?? Number.NaN) < lowest) lowest = low[j] ?? lowest;
    }
    if (top - highest > usual / 2) found.up.push(i);
    if (lowest - bottom > usual / 2) found.down.push(i);
  }
  return found;
}

function medianHeight(low: Float64Array, high: Float64Array): number {
  const heights = high.map((top, i) => top - (low[i] ?? Number.NaN)).filter(Number.isFinite);
  heights.sort();
  return heights[heights.length >> 1] ?? 0;
}
