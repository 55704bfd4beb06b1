/** Values that stand out of the band around them, and would be a faint hair in it. */

/** The buckets whose greatest, and those whose least value stands out. */
export interface Spikes {
  up: number[];
  down: number[];
}

const REACH = 6;

/**
 * Buckets whose greatest (least) value is above (below) all of the `REACH` on each side, by more than the band is high as a
 * rule, and by more than it is high there and the line goes up and down. One point in 100,000 is a bucket one pixel wide in
 * a band of little opacity: it is drawn as a line of its own. In noise that has no outliers, hardly any bucket is one.
 */
export function findSpikes(low: Float64Array, high: Float64Array, mean: Float64Array): Spikes {
  const usual = usualHeight(low, high);
  const found: Spikes = { up: [], down: [] };
  const end = high.length - 1;
  for (let i = 0; i <= end; i++) {
    const top = high[i] as number;
    const bottom = low[i] as number;
    if (!(top > bottom)) continue;
    // Most buckets do not stand out of the two beside them; NaN, which there is at a gap, hides none.
    const up = !(i > 0 && (high[i - 1] as number) >= top) && !(i < end && (high[i + 1] as number) >= top);
    const down = !(i > 0 && (low[i - 1] as number) <= bottom) && !(i < end && (low[i + 1] as number) <= bottom);
    if (!up && !down) continue;
    let highest = Number.NEGATIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    let heights = 0;
    let neighbours = 0;
    let steps = 0;
    let before = Number.NaN;
    for (let j = Math.max(0, i - REACH); j <= end && j <= i + REACH; j++) {
      const above = high[j] as number;
      const below = low[j] as number;
      if (j === i || Number.isNaN(above)) continue;
      if (above > highest) highest = above;
      if (below < lowest) lowest = below;
      heights += above - below;
      neighbours++;
      const middle = mean[j] as number;
      if (!Number.isNaN(before)) steps += Math.abs(middle - before);
      before = middle;
    }
    const enough = neighbours > 0 ? Math.max(usual, (heights + steps) / neighbours) : usual;
    if (up && top - highest > enough) found.up.push(i);
    if (down && lowest - bottom > enough) found.down.push(i);
  }
  return found;
}

const SAMPLES = 101;

/** The median height of the band, of some of its buckets. */
function usualHeight(low: Float64Array, high: Float64Array): number {
  const each = Math.max(1, Math.floor(high.length / SAMPLES));
  const heights = new Float64Array(Math.ceil(high.length / each));
  let size = 0;
  for (let i = 0; i < high.length; i += each) {
    const height = (high[i] as number) - (low[i] as number);
    if (Number.isFinite(height)) heights[size++] = height;
  }
  return heights.subarray(0, size).sort()[size >> 1] ?? 0;
}
