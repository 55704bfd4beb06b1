/** Which curves are near the pointer. */

import type { Curve } from "./curves";
import { fromUnit, lowerBound, toUnit } from "./scale";
import type { View } from "./view";

/** A curve's entry nearest to the pointer. */
export interface Near {
  curve: Curve;
  index: number;
  /** How far from the pointer, in pixels: up or down, and to the side. */
  away: number;
  aside: number;
}

/** The pointer, and the plot's size, in pixels; y from the top. */
export interface Pointer {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** How far to the side of its ends a curve is still found. */
const BESIDE = 16;

/** The curves that have something at the pointer's x, the nearest first. */
export function findNear(curves: readonly Curve[], view: View, pointer: Pointer): Near[] {
  const at = fromUnit(view.x, pointer.left / pointer.width);
  const found: Near[] = [];
  for (const curve of curves) {
    const index = nearestIndex(curve.x, at);
    if (index < 0) continue;
    const aside = Math.abs(toUnit(view.x, curve.x[index] ?? 0) * pointer.width - pointer.left);
    const outside = at < (curve.x[0] ?? 0) || at > (curve.x[curve.x.length - 1] ?? 0);
    if (outside && !(aside <= BESIDE)) continue;
    const value = (curve.smooth ?? curve.mean)[index] ?? Number.NaN;
    const y = (1 - toUnit(view.y, value)) * pointer.height;
    const away = Number.isNaN(y) ? Number.POSITIVE_INFINITY : Math.abs(y - pointer.top);
    found.push({ curve, index, away, aside: Number.isNaN(aside) ? 0 : aside });
  }
  return found.sort((a, b) => a.away - b.away);
}

/** The index in sorted `x` of what is nearest to `value`, -1 when there is nothing. */
export function nearestIndex(x: Float64Array, value: number): number {
  const after = lowerBound(x, value);
  if (after === 0) return x.length > 0 ? 0 : -1;
  if (after === x.length) return after - 1;
  return value - (x[after - 1] ?? 0) <= (x[after] ?? 0) - value ? after - 1 : after;
}
