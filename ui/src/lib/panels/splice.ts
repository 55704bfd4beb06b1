/** Parts of a series that were fetched one by one, put together. */

import type { ChartSeries, Range } from "../../api/chart";
import { lowerBound, upperBound } from "./scale";

/** `fine` where its range is, and `base` around it, so that lines go on to where they leave the picture. */
export function splice(base: ChartSeries, fine: ChartSeries, [low, high]: Range): ChartSeries {
  const before = lowerBound(base.x, low);
  const after = Math.max(upperBound(base.x, high), before);
  return concat([cut(base, 0, before), fine, cut(base, after, base.x.length)], base.points);
}

/** Parts that follow each other, as one series. `points` is how many it has, the sum of the parts when absent. */
export function concat(parts: readonly ChartSeries[], points?: number): ChartSeries {
  const [first] = parts;
  if (!first) throw new Error("There is no series of no parts.");
  const filled = parts.filter((part) => part.x.length > 0);
  const total = points ?? parts.reduce((sum, part) => sum + part.points, 0);
  if (filled.length <= 1) return { ...(filled[0] ?? first), points: total };
  const size = filled.reduce((sum, part) => sum + part.x.length, 0);
  const floats = (column: "x" | "min" | "max" | "mean" | "last") => {
    const joined = new Float64Array(size);
    let at = 0;
    for (const part of filled) {
      joined.set(part[column], at);
      at += part.x.length;
    }
    return joined;
  };
  const counts = (column: "count" | "nonfinite") => {
    const joined = new Uint32Array(size);
    let at = 0;
    for (const part of filled) {
      joined.set(part[column], at);
      at += part.x.length;
    }
    return joined;
  };
  return {
    runId: first.runId,
    key: first.key,
    points: total,
    x: floats("x"),
    min: floats("min"),
    max: floats("max"),
    mean: floats("mean"),
    last: floats("last"),
    count: counts("count"),
    nonfinite: counts("nonfinite"),
  };
}

/** The entries of a series from one index up to another. */
export function cut(series: ChartSeries, from: number, to: number): ChartSeries {
  return {
    ...series,
    points: series.count.subarray(from, to).reduce((sum, count) => sum + count, 0),
    x: series.x.subarray(from, to),
    min: series.min.subarray(from, to),
    max: series.max.subarray(from, to),
    mean: series.mean.subarray(from, to),
    last: series.last.subarray(from, to),
    count: series.count.subarray(from, to),
    nonfinite: series.nonfinite.subarray(from, to),
  };
}

const RATIO = 16;
const MOST_PIECES = 12;

/**
 * The ranges in which a logarithmic axis is fetched.
 *
 * Buckets are of equal width. On a logarithmic axis all that is seen of the first tenth would be a few of them, so each
 * piece, 16 times as long as all before it, is reduced on its own: then a bucket is about a pixel everywhere. The pieces
 * do not overlap and leave nothing out between whole numbers, which x is; one no longer than it has buckets is the last.
 */
export function logPieces(low: number, high: number, buckets: number): Range[] {
  const pieces: Range[] = [];
  let end = high;
  while (end - low > buckets && end > RATIO && end / RATIO > low && pieces.length < MOST_PIECES - 1) {
    const start = Math.floor(end / RATIO) + 1;
    pieces.unshift([start, end]);
    end = start - 1;
  }
  pieces.unshift([Math.min(low, end), end]);
  return pieces;
}
