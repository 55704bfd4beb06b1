/** A surface through the values of scattered points, on a grid. */

export interface Grid {
  /** Nodes along x and along y. */
  size: number;
  /** Values at the nodes, row by row from y = 0. Nodes are evenly from 0 to 1 in both directions. */
  values: Float64Array;
}

export const GRID = 64;
export const NEIGHBOURS = 16;
const CELLS = 48;

/**
 * Inverse-distance weighting (Shepard, 1968) of the nearest points: each node has the mean of the `NEIGHBOURS` nearest
 * values, weighted by one over the square of the distance. To the square is added that of half the distance between
 * points, as if they were evenly spread: what one run does is noise, and no peak.
 * Points have x and y from 0 to 1; those with NaN are left out.
 */
export function surfaceOf(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>): Grid {
  const points = merged(x, y, z);
  const values = new Float64Array(GRID * GRID).fill(Number.NaN);
  const near = Math.min(NEIGHBOURS, points.length);
  const blur = 0.25 / Math.max(25, points.length);
  if (near === 0) return { size: GRID, values };
  const distances = new Float64Array(near);
  const heights = new Float64Array(near);
  const counts = new Float64Array(near);
  for (let node = 0; node < values.length; node++) {
    const gx = (node % GRID) / (GRID - 1);
    const gy = Math.floor(node / GRID) / (GRID - 1);
    let kept = 0;
    for (const point of points) {
      const distance = (point.x - gx) ** 2 + (point.y - gy) ** 2;
      if (kept === near && distance >= (distances[kept - 1] ?? 0)) continue;
      let at = kept < near ? kept++ : kept - 1;
      for (; at > 0 && (distances[at - 1] ?? 0) > distance; at--) {
        distances[at] = distances[at - 1] ?? 0;
        heights[at] = heights[at - 1] ?? 0;
        counts[at] = counts[at - 1] ?? 0;
      }
      distances[at] = distance;
      heights[at] = point.z;
      counts[at] = point.n;
    }
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < kept; i++) {
      const weight = (counts[i] ?? 1) / ((distances[i] ?? 0) + blur);
      sum += weight * (heights[i] ?? 0);
      weights += weight;
    }
    values[node] = sum / weights;
  }
  return { size: GRID, values };
}

interface Merged {
  x: number;
  y: number;
  z: number;
  n: number;
}

/** Points at one place are their mean; of very many points, those of one small cell are. */
function merged(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>): Merged[] {
  const found = new Map<string, Merged>();
  const cell = x.length > 2000 ? (value: number) => Math.floor(value * CELLS) : (value: number) => value;
  for (let i = 0; i < x.length; i++) {
    const [px, py, pz] = [x[i] ?? Number.NaN, y[i] ?? Number.NaN, z[i] ?? Number.NaN];
    if (!Number.isFinite(px) || !Number.isFinite(py) || !Number.isFinite(pz)) continue;
    const key = `${cell(px)},${cell(py)}`;
    const one = found.get(key);
    if (!one) {
      found.set(key, { x: px, y: py, z: pz, n: 1 });
      continue;
    }
    one.n++;
    one.x += (px - one.x) / one.n;
    one.y += (py - one.y) / one.n;
    one.z += (pz - one.z) / one.n;
  }
  return [...found.values()];
}
