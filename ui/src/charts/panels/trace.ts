/** Where on a canvas the entries of a curve are. */

import type { Curve } from "../../lib/panels/curves";
import { lowerBound, type Scale, upperBound } from "../../lib/panels/scale";
import type { View } from "../../lib/panels/view";

/** Where curves are drawn, in pixels of the canvas, and how many of these a CSS pixel has. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
  ratio: number;
}

/** A curve with what it needs to be drawn: the entries in view and one more on each side, and where values are. */
export interface Trace {
  curve: Curve;
  from: number;
  to: number;
  x: (value: number) => number;
  y: (value: number) => number;
  /** Where the entries from `from` on are. */
  xs: Float64Array;
  area: Area;
}

/** A curve as it is drawn in an area. */
export function trace(curve: Curve, view: View, area: Area): Trace {
  const from = Math.max(0, lowerBound(curve.x, view.x.low) - 1);
  const to = Math.max(from, Math.min(curve.x.length, upperBound(curve.x, view.x.high) + 1));
  const x = along(view.x, area.left, area.width);
  const xs = new Float64Array(to - from);
  for (let i = from; i < to; i++) xs[i - from] = x(curve.x[i] as number);
  return { curve, from, to, x, y: along(view.y, area.top + area.height, -area.height), xs, area };
}

/** From a value to a pixel; NaN where a logarithmic axis has no place. Kept within what a canvas draws well. */
function along(scale: Scale, start: number, length: number): (value: number) => number {
  const far = 20 * Math.abs(length);
  const [least, most] = [start - far, start + far];
  if (scale.log) {
    const [zero, each] = [Math.log10(scale.low), length / Math.log10(scale.high / scale.low)];
    return (value) => {
      if (value <= 0) return Number.NaN;
      const found = start + (Math.log10(value) - zero) * each;
      return found < least ? least : Math.min(found, most);
    };
  }
  // Halves, so that an axis over the whole range of floats does not overflow.
  const [zero, each] = [scale.low / 2, length / (scale.high / 2 - scale.low / 2)];
  return (value) => {
    const found = start + (value / 2 - zero) * each;
    return found < least ? least : Math.min(found, most);
  };
}
