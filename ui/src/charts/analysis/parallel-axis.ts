/** An axis of parallel coordinates, and brushes on it, in px. */

import type { Brush } from "../../lib/analysis/brushes";
import type { Scale } from "../../lib/analysis/column-scale";
import type { ColumnValues } from "../../lib/analysis/column-values";

export interface ParallelAxis {
  id: string;
  name: string;
  values: ColumnValues;
  scale: Scale;
  /** Where it is from left to right. */
  x: number;
}

/** Where axes are from top to bottom. */
export interface Span {
  top: number;
  bottom: number;
  /** Where runs without a value are. */
  none: number;
}

/** Whether a run has no place on the axis. */
export function hasMissing({ values, scale }: ParallelAxis): boolean {
  if (values.kind === "category") return values.codes.includes(-1);
  return values.numbers.some((one) => Number.isNaN(scale.toUnit(one)));
}

/** A brush that is being made, moved, or made longer or shorter. */
export interface BrushDrag {
  axis: ParallelAxis;
  from: number;
  moved: boolean;
  part: "new" | "whole" | "top" | "bottom";
  /** The brush's ends before, in px from the top. */
  top: number;
  bottom: number;
  brush: Brush | undefined;
  cursor: string;
}

const EDGE = 5;

/** What a pointer at `y` has hold of. */
export function grabBrush(axis: ParallelAxis, brush: Brush | undefined, y: number, span: Span): BrushDrag {
  const base = { axis, from: y, moved: false, brush };
  const rect = brush?.range ? rectsOf(axis, brush, span)[0] : undefined;
  if (rect) {
    const [top, bottom] = [rect.y, rect.y + rect.height];
    if (Math.abs(y - top) <= EDGE) return { ...base, part: "top", top, bottom, cursor: "ns-resize" };
    if (Math.abs(y - bottom) <= EDGE) return { ...base, part: "bottom", top, bottom, cursor: "ns-resize" };
    if (y > top && y < bottom) return { ...base, part: "whole", top, bottom, cursor: "grab" };
  }
  return { ...base, part: "new", top: y, bottom: y, cursor: "crosshair" };
}

/** The brush when the pointer has come to `y`. */
export function brushOf(drag: BrushDrag, y: number, span: Span): Brush | null {
  const { axis } = drag;
  const by = y - drag.from;
  let [top, bottom] = [drag.top, drag.bottom];
  if (drag.part === "new") [top, bottom] = [Math.min(drag.from, y), Math.max(drag.from, y)];
  else if (drag.part === "whole") {
    const kept = Math.max(span.top - top, Math.min(span.bottom - bottom, by));
    [top, bottom] = [top + kept, bottom + kept];
  } else if (drag.part === "top") [top, bottom] = [Math.min(y, bottom), Math.max(y, bottom)];
  else [top, bottom] = [Math.min(y, top), Math.max(y, top)];
  const none = drag.brush?.none ? { none: true } : {};
  const unitOf = (place: number) => Math.max(0, Math.min(1, (span.bottom - place) / (span.bottom - span.top)));
  const [low, high] = [unitOf(bottom), unitOf(top)];
  if (axis.values.kind === "category") {
    const half = 0.5 / Math.max(1, axis.values.categories.length);
    const values = axis.values.categories.filter((_, code) => {
      const middle = axis.scale.toUnit(code);
      return middle + half > low && middle - half < high;
    });
    return values.length || drag.brush?.none ? { ...none, values } : null;
  }
  // Numbers that people can read in the URL, but never so that a run at the end of the axis is lost.
  const least = low === 0 ? axis.scale.low : Number(axis.scale.fromUnit(low).toPrecision(4));
  const most = high === 1 ? axis.scale.high : Number(axis.scale.fromUnit(high).toPrecision(4));
  return { ...none, range: [least, most] };
}

/** Where a brush is along its axis. */
export function rectsOf(axis: ParallelAxis, brush: Brush, span: Span): { y: number; height: number }[] {
  const length = span.bottom - span.top;
  const place = (unit: number) => span.bottom - Math.max(0, Math.min(1, unit)) * length;
  const rects: { y: number; height: number }[] = [];
  if (axis.values.kind === "category") {
    const each = length / Math.max(1, axis.values.categories.length);
    axis.values.categories.forEach((category, code) => {
      if (brush.values?.includes(category)) rects.push({ y: place(axis.scale.toUnit(code)) - each / 2, height: each });
    });
  } else if (brush.range) {
    // On a logarithmic axis what is not above zero is below its end.
    const [low, high] = brush.range.map((value) => axis.scale.toUnit(value));
    const top = place(high !== undefined && !Number.isNaN(high) ? high : 0);
    const bottom = place(low !== undefined && !Number.isNaN(low) ? low : 0);
    rects.push({ y: top, height: Math.max(2, bottom - top) });
  }
  if (brush.none) rects.push({ y: span.none - 7, height: 14 });
  return rects;
}
