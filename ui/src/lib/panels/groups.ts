/** Runs drawn as one line: their mean, and a band from the least to the greatest of them. */

import type { ChartSeries } from "../../api/chart";
import type { Shape } from "./curves";

/** An x more than so many times the buckets is not kept as it is, but put on a grid. */
const MOST_TIMES = 2;

/**
 * The mean of some runs' series, and the least and the greatest value among them.
 *
 * Where all runs have the same x, or few different ones, those are the places; else places lie evenly, `buckets` of them,
 * each half a bucket into its bucket. A run counts at a place when its history has begun and not ended there: with the
 * mean, least and greatest value of its buckets there, or, when it has none, with the value of the line between its
 * neighbours, as it is drawn. So runs that log at different steps do not make the mean jump between them, and a run that
 * ended earlier is not carried on. All runs weigh the same, however many points they have. Inside a gap of values that are
 * not finite a run does not count.
 */
export function groupShape(members: readonly ChartSeries[], buckets: number): Shape {
  const filled = members.filter((one) => one.x.length > 0);
  const grid = places(filled, buckets);
  const size = grid.x.length;
  const sum = new Float64Array(size);
  const shape: Shape = {
    x: grid.x,
    mean: new Float64Array(size).fill(Number.NaN),
    low: new Float64Array(size).fill(Number.NaN),
    high: new Float64Array(size).fill(Number.NaN),
    last: null,
    count: new Uint32Array(size),
    nonfinite: new Uint32Array(size),
    raw: filled.length === 1 && filled[0]?.points === filled[0]?.x.length && size === filled[0]?.x.length,
    members: new Uint32Array(size),
  };
  for (const member of filled) add(shape, sum, member, grid);
  for (let i = 0; i < size; i++) {
    const n = shape.members?.[i] ?? 0;
    if (n > 0) shape.mean[i] = (sum[i] ?? 0) / n;
  }
  return shape;
}

interface Grid {
  x: Float64Array;
  /** The width of a bucket, 0 when the places are those of points. */
  width: number;
  start: number;
}

function places(members: readonly ChartSeries[], buckets: number): Grid {
  const [first] = members;
  if (!first) return { x: new Float64Array(0), width: 0, start: 0 };
  if (members.every((one) => same(one.x, first.x))) return { x: first.x, width: 0, start: 0 };
  const all = new Set<number>();
  for (const member of members) {
    for (const x of member.x) all.add(x);
    if (all.size > buckets * MOST_TIMES) return even(members, buckets);
  }
  return { x: Float64Array.from(all).sort(), width: 0, start: 0 };
}

function even(members: readonly ChartSeries[], buckets: number): Grid {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { x } of members) {
    low = Math.min(low, x[0] ?? low);
    high = Math.max(high, x[x.length - 1] ?? high);
  }
  const width = (high - low) / buckets;
  return { x: Float64Array.from({ length: buckets }, (_, i) => low + (i + 0.5) * width), width, start: low };
}

function same(a: Float64Array, b: Float64Array): boolean {
  return a === b || (a.length === b.length && a.every((x, i) => x === b[i]));
}

/** Adds what one run has at each place. */
function add(shape: Shape, sum: Float64Array, member: ChartSeries, grid: Grid): void {
  const { x } = member;
  const end = x.length - 1;
  let at = 0;
  for (let i = 0; i < grid.x.length; i++) {
    const place = grid.x[i] ?? 0;
    // The buckets of the run in this place: those before the next place begins.
    const limit =
      grid.width > 0 ? (i === grid.x.length - 1 ? Number.POSITIVE_INFINITY : grid.start + (i + 1) * grid.width) : place;
    const from = at;
    let [total, points, low, high] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let odd = 0;
    while (at <= end && (grid.width > 0 ? (x[at] ?? 0) < limit : (x[at] ?? 0) <= limit)) {
      const finite = (member.count[at] ?? 0) - (member.nonfinite[at] ?? 0);
      if (finite > 0) {
        total += (member.mean[at] ?? 0) * finite;
        points += finite;
        low = Math.min(low, member.min[at] ?? low);
        high = Math.max(high, member.max[at] ?? high);
      }
      odd += member.nonfinite[at] ?? 0;
      shape.count[i] = (shape.count[i] ?? 0) + (member.count[at] ?? 0);
      at++;
    }
    shape.nonfinite[i] = (shape.nonfinite[i] ?? 0) + odd;
    let value = Number.NaN;
    if (points > 0) value = total / points;
    else if (at === from && from > 0 && from <= end) {
      const [x0, x1] = [x[from - 1] ?? 0, x[from] ?? 0];
      const [y0, y1] = [member.mean[from - 1] ?? Number.NaN, member.mean[from] ?? Number.NaN];
      value = y0 + (y1 - y0) * Math.min(1, Math.max(0, (place - x0) / (x1 - x0)));
      low = value;
      high = value;
    }
    if (Number.isNaN(value)) continue;
    sum[i] = (sum[i] ?? 0) + value;
    if (shape.members) shape.members[i] = (shape.members[i] ?? 0) + 1;
    if (!((shape.low[i] ?? Number.NaN) <= low)) shape.low[i] = low;
    if (!((shape.high[i] ?? Number.NaN) >= high)) shape.high[i] = high;
  }
}
