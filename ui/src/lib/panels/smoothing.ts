/** Smoothing of lines. */

/**
 * The exponential moving average with which TensorBoard smooths (`smoothingWeight`, its start debiased as in Kingma and
 * Ba, "Adam", 2015, section 3): `classicSmoothing` in tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts.
 *
 * A bucket of many points decays what came before by as much as its share of the points: one average bucket counts as one
 * point of TensorBoard. Raw points are so smoothed exactly as there, the slider does as much for 100,000 points as for
 * 1,000, and a bucket with few points in it does not pull the line as a full one does. Values that are not finite stay as
 * they are and count for nothing.
 */
export function smooth(values: Float64Array, count: Uint32Array, weight: number): Float64Array {
  const result = new Float64Array(values.length);
  let finite = 0;
  let points = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    finite++;
    points += count[i] ?? 1;
  }
  const each = finite === 0 ? 1 : points / finite;
  let sum = 0;
  let share = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      result[i] = value;
      continue;
    }
    const size = (count[i] ?? 1) / each;
    const kept = size === 1 ? weight : weight ** size;
    sum = sum * kept + value * (1 - kept);
    // The share of all weights that real values have: what a start from 0 lacks.
    share = share * kept + (1 - kept);
    result[i] = share > 0 ? sum / share : value;
  }
  return result;
}
