/** Lines over the same places of x, as in parallel coordinates: `ys` has those of one line after those of another. */

/** The line that is nearest to a place, at most `reach` away; -1 when none is. */
export function nearestLine(
  xs: readonly number[],
  ys: Float32Array,
  px: number,
  py: number,
  reach: number,
  allowed: Uint8Array | null,
): number {
  const width = xs.length;
  if (width === 0) return -1;
  let right = xs.findIndex((x) => x >= px);
  if (right < 0) right = width - 1;
  const left = Math.max(0, right - 1);
  if (left === right && width > 1) right = 1;
  const [x0, x1] = [xs[left] ?? 0, xs[right] ?? 0];
  if (px < x0 - reach || px > x1 + reach) return -1;
  const part = x1 > x0 ? Math.min(1, Math.max(0, (px - x0) / (x1 - x0))) : 0;
  let best = reach;
  let found = -1;
  const lines = ys.length / width;
  for (let line = 0; line < lines; line++) {
    if (allowed && !allowed[line]) continue;
    const y0 = ys[line * width + left] ?? 0;
    const y1 = ys[line * width + right] ?? 0;
    const above = Math.abs(y0 + part * (y1 - y0) - py);
    // A steep line is nearer than it is high above.
    const distance = x1 > x0 ? (above * (x1 - x0)) / Math.hypot(x1 - x0, y1 - y0) : above;
    if (distance < best) {
      best = distance;
      found = line;
    }
  }
  return found;
}

/** A line as the path of an SVG. */
export function linePath(xs: readonly number[], ys: Float32Array, line: number): string {
  return xs.map((x, k) => `${k ? "L" : "M"}${x.toFixed(1)},${(ys[line * xs.length + k] ?? 0).toFixed(1)}`).join("");
}

/** Dots as one path: strokes of no length with round ends, which is far quicker than an element for each. */
export function dotsPath(dots: Iterable<readonly [number, number]>): string {
  let path = "";
  for (const [x, y] of dots) path += `M${x.toFixed(1)},${y.toFixed(1)}h0`;
  return path;
}
