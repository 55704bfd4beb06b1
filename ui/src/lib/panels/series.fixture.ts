/** Series for tests. */

import type { ChartSeries } from "../../api/chart";

/** A series with what is given, raw points where nothing else is said. */
export function series(given: {
  x: number[];
  mean: number[];
  min?: number[];
  max?: number[];
  last?: number[];
  count?: number[];
  nonfinite?: number[];
  runId?: string;
  key?: string;
}): ChartSeries {
  const count = Uint32Array.from(given.count ?? given.x.map(() => 1));
  const finite = given.mean.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  return {
    runId: given.runId ?? "a",
    key: given.key ?? "loss",
    points: count.reduce((sum, one) => sum + one, 0),
    x: Float64Array.from(given.x),
    mean: Float64Array.from(finite),
    min: Float64Array.from(given.min ?? finite),
    max: Float64Array.from(given.max ?? finite),
    last: Float64Array.from(given.last ?? given.mean),
    count,
    nonfinite: Uint32Array.from(given.nonfinite ?? given.mean.map((value) => (Number.isFinite(value) ? 0 : 1))),
  };
}
