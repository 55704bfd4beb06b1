/** What a panel draws: a line for each run or group, with what is around it. */

import { type ChartSeries, isRaw } from "../../api/chart";
import { smooth } from "./smoothing";
import { findSpikes, type Spikes } from "./spikes";

/** A line as arrays of one length, by x. */
export interface Curve {
  /** The id of the run, or what tells a group from others. */
  id: string;
  name: string;
  colour: string;
  x: Float64Array;
  mean: Float64Array;
  /** The band around the mean: the least and the greatest value. */
  low: Float64Array;
  high: Float64Array;
  /** The mean after smoothing, null without. */
  smooth: Float64Array | null;
  /** The last value of each bucket whatever it is; null for groups. */
  last: Float64Array | null;
  count: Uint32Array;
  nonfinite: Uint32Array;
  /** Whether each entry is one point, so that there is no band. */
  raw: boolean;
  /** How many runs have a value there; null for runs. */
  members: Uint32Array | null;
  spikes: Spikes;
}

/** The part of a curve that does not change with its name, colour and smoothing. */
export type Shape = Omit<Curve, "id" | "name" | "colour" | "smooth" | "spikes">;

const spikesOf = new WeakMap<Float64Array, Spikes>();
const smoothOf = new WeakMap<Float64Array, { weight: number; values: Float64Array }>();

/** A curve of a shape. What is computed is kept for as long as the shape's arrays are. */
export function makeCurve(who: { id: string; name: string; colour: string }, shape: Shape, weight: number): Curve {
  let spikes = spikesOf.get(shape.mean);
  if (!spikes) {
    // The band of a group is from run to run, where nothing is lost that stands out.
    spikes = shape.raw || shape.members ? { up: [], down: [] } : findSpikes(shape.low, shape.high, shape.mean);
    spikesOf.set(shape.mean, spikes);
  }
  return { ...shape, ...who, smooth: weight > 0 ? smoothed(shape, weight) : null, spikes };
}

function smoothed(shape: Shape, weight: number): Float64Array {
  const kept = smoothOf.get(shape.mean);
  if (kept?.weight === weight) return kept.values;
  const values = smooth(shape.mean, shape.count, weight);
  smoothOf.set(shape.mean, { weight, values });
  return values;
}

/** The shape of one run's series. */
export function seriesShape(series: ChartSeries): Shape {
  return {
    x: series.x,
    mean: series.mean,
    low: series.min,
    high: series.max,
    last: series.last,
    count: series.count,
    nonfinite: series.nonfinite,
    raw: isRaw(series),
    members: null,
  };
}

/** What a text alternative says of a curve. An x is that of its bucket's first point, see `exact`. */
export interface Summary {
  last: number;
  lastX: number;
  min: number;
  minX: number;
  max: number;
  maxX: number;
  points: number;
  nonfinite: number;
  /** Whether each x is that of the value itself, not of a bucket of several points. */
  exact: boolean;
}

/** Last, least and greatest value of a curve with where they are, to a bucket; null when it has no point. */
export function summarise(curve: Shape): Summary | null {
  const end = curve.x.length - 1;
  if (end < 0) return null;
  const found: Summary = {
    last: (curve.last ?? curve.mean)[end] ?? Number.NaN,
    lastX: curve.x[end] ?? Number.NaN,
    min: Number.NaN,
    minX: Number.NaN,
    max: Number.NaN,
    maxX: Number.NaN,
    points: 0,
    nonfinite: 0,
    exact: curve.raw,
  };
  for (let i = 0; i <= end; i++) {
    const low = curve.low[i] as number;
    const high = curve.high[i] as number;
    if (low < found.min || (Number.isNaN(found.min) && !Number.isNaN(low))) {
      found.min = low;
      found.minX = curve.x[i] ?? Number.NaN;
    }
    if (high > found.max || (Number.isNaN(found.max) && !Number.isNaN(high))) {
      found.max = high;
      found.maxX = curve.x[i] ?? Number.NaN;
    }
    found.points += curve.count[i] ?? 0;
    found.nonfinite += curve.nonfinite[i] ?? 0;
  }
  return found;
}
