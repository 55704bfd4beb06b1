/** Draws curves on a canvas: bands, lines, spikes, points, and marks for what is not finite. */

import type { Curve } from "../lib/curves";
import { lowerBound, type Scale, upperBound } from "../lib/scale";
import type { View } from "../lib/view";

/** Where curves are drawn, in pixels of the canvas, and how many of these a CSS pixel has. */
export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
  ratio: number;
}

/** Fewer CSS pixels than this between neighbouring points, and they are a line without dots. */
const DOT_EVERY = 9;
/** A spike of fewer CSS pixels is seen in the band. */
const SPIKE_LEAST = 3;
const FAINT = 0.3;

/** How strongly bands and lines are drawn, so that many of them can still be told apart. */
function weights(curves: number) {
  if (curves <= 6) return { band: 0.18, width: 1.5 };
  if (curves <= 24) return { band: 0.11, width: 1.5 };
  if (curves <= 100) return { band: 0.07, width: 1.2 };
  return { band: 0.05, width: 1 };
}

/** Draws all curves: bands at the bottom, marks that must not be covered on top. */
export function paintCurves(ctx: CanvasRenderingContext2D, curves: readonly Curve[], view: View, area: Area): void {
  const { band, width } = weights(curves.length);
  const traces = curves.map((curve) => trace(curve, view, area));
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.width, area.height);
  ctx.clip();
  ctx.lineJoin = "bevel";
  for (const one of traces) paintBand(ctx, one, band);
  for (const one of traces) if (one.curve.smooth) paintLine(ctx, one, one.curve.mean, area.ratio, FAINT);
  for (const one of traces) {
    paintLine(ctx, one, one.curve.smooth ?? one.curve.mean, width * area.ratio, 1);
    paintDots(ctx, one);
  }
  for (const one of traces) {
    paintSpikes(ctx, one);
    paintOdd(ctx, one);
  }
  ctx.restore();
}

/** Draws one curve so that it stands out of those below. `ground` is the colour around it. */
export function paintHighlight(
  ctx: CanvasRenderingContext2D,
  curve: Curve,
  view: View,
  area: Area,
  ground: string,
  index: number,
): void {
  const one = trace(curve, view, area);
  const values = curve.smooth ?? curve.mean;
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.width, area.height);
  ctx.clip();
  ctx.lineJoin = "bevel";
  paintBand(ctx, one, 0.3);
  paintLine(ctx, one, values, 5 * area.ratio, 0.8, ground);
  paintLine(ctx, one, values, 2.5 * area.ratio, 1);
  paintSpikes(ctx, one);
  ctx.restore();
  const [x, y] = [one.x(curve.x[index] ?? Number.NaN), one.y(values[index] ?? Number.NaN)];
  if (Number.isNaN(x) || Number.isNaN(y) || x < area.left - 1 || x > area.left + area.width + 1) return;
  ctx.beginPath();
  ctx.arc(x, y, 4 * area.ratio, 0, 2 * Math.PI);
  ctx.fillStyle = curve.colour;
  ctx.fill();
  ctx.lineWidth = 1.5 * area.ratio;
  ctx.strokeStyle = ground;
  ctx.stroke();
}

/** A curve with what it needs to be drawn: the entries in view and one more on each side, and where values are. */
interface Trace {
  curve: Curve;
  from: number;
  to: number;
  x: (value: number) => number;
  y: (value: number) => number;
  area: Area;
}

function trace(curve: Curve, view: View, area: Area): Trace {
  return {
    curve,
    from: Math.max(0, lowerBound(curve.x, view.x.low) - 1),
    to: Math.min(curve.x.length, upperBound(curve.x, view.x.high) + 1),
    x: along(view.x, area.left, area.width),
    y: along(view.y, area.top + area.height, -area.height),
    area,
  };
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
  const [zero, span] = [scale.low / 2, scale.high / 2 - scale.low / 2];
  return (value) => {
    const found = start + ((value / 2 - zero) / span) * length;
    return found < least ? least : Math.min(found, most);
  };
}

function paintBand(ctx: CanvasRenderingContext2D, { curve, from, to, x, y, area }: Trace, alpha: number): void {
  if (curve.raw) return;
  const bottom = area.top + area.height;
  // What lies below a logarithmic axis is cut off at its end.
  const at = (value: number) => {
    const found = y(value);
    return Number.isNaN(found) && value <= 0 ? bottom : found;
  };
  ctx.beginPath();
  let start = from;
  for (let i = from; i <= to; i++) {
    const gap = i === to || Number.isNaN(curve.high[i]) || Number.isNaN(x(curve.x[i] ?? Number.NaN));
    if (!gap) continue;
    if (i - start > 0) {
      for (let j = start; j < i; j++) ctx.lineTo(x(curve.x[j] ?? 0), at(curve.high[j] ?? 0));
      for (let j = i - 1; j >= start; j--) ctx.lineTo(x(curve.x[j] ?? 0), at(curve.low[j] ?? 0));
      ctx.closePath();
      // The next piece begins anew.
      ctx.moveTo(x(curve.x[i + 1] ?? 0), at(curve.high[i + 1] ?? 0));
    }
    start = i + 1;
  }
  ctx.globalAlpha = alpha;
  ctx.fillStyle = curve.colour;
  ctx.fill();
  ctx.globalAlpha = 1;
}

function paintLine(
  ctx: CanvasRenderingContext2D,
  { curve, from, to, x, y }: Trace,
  values: Float64Array,
  width: number,
  alpha: number,
  colour = curve.colour,
): void {
  ctx.beginPath();
  let down = false;
  for (let i = from; i < to; i++) {
    const [px, py] = [x(curve.x[i] ?? Number.NaN), y(values[i] ?? Number.NaN)];
    if (Number.isNaN(px) || Number.isNaN(py)) {
      down = false;
    } else if (down) {
      ctx.lineTo(px, py);
    } else {
      ctx.moveTo(px, py);
      down = true;
    }
  }
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/** Dots where points are few, and where a point has no neighbour to draw a line to. */
function paintDots(ctx: CanvasRenderingContext2D, { curve, from, to, x, y, area }: Trace): void {
  const values = curve.smooth ?? curve.mean;
  const few = curve.raw && (to - from) * DOT_EVERY * area.ratio <= area.width;
  const radius = (to - from === 1 ? 4 : few ? 2.4 : 2) * area.ratio;
  const drawn = (i: number) =>
    i >= from && i < to && !Number.isNaN(y(values[i] ?? Number.NaN)) && !Number.isNaN(x(curve.x[i] ?? Number.NaN));
  ctx.beginPath();
  for (let i = from; i < to; i++) {
    if (!drawn(i) || (!few && (drawn(i - 1) || drawn(i + 1)))) continue;
    const [px, py] = [x(curve.x[i] ?? 0), y(values[i] ?? 0)];
    ctx.moveTo(px + radius, py);
    ctx.arc(px, py, radius, 0, 2 * Math.PI);
  }
  ctx.fillStyle = curve.colour;
  ctx.fill();
}

function paintSpikes(ctx: CanvasRenderingContext2D, { curve, from, to, x, y, area }: Trace): void {
  const { up, down } = curve.spikes;
  if (up.length + down.length === 0) return;
  const bottom = area.top + area.height;
  ctx.beginPath();
  const spike = (i: number, tip: Float64Array) => {
    if (i < from || i >= to) return;
    const px = x(curve.x[i] ?? Number.NaN);
    const ends = [y(curve.mean[i] ?? Number.NaN), y(tip[i] ?? Number.NaN)].map((one) =>
      Number.isNaN(one) ? bottom : one,
    );
    const [start = bottom, end = bottom] = ends;
    if (Number.isNaN(px) || Math.abs(end - start) < SPIKE_LEAST * area.ratio) return;
    ctx.moveTo(px, start);
    ctx.lineTo(px, end);
    // A tip that is seen from afar.
    ctx.moveTo(px + 1.5 * area.ratio, end);
    ctx.arc(px, end, 1.5 * area.ratio, 0, 2 * Math.PI);
  };
  for (const i of up) spike(i, curve.high);
  for (const i of down) spike(i, curve.low);
  ctx.strokeStyle = curve.colour;
  ctx.lineWidth = 1.25 * area.ratio;
  ctx.stroke();
}

/** Triangles at the edge for NaN and infinities: +∞ at the top, all else at the bottom. */
function paintOdd(ctx: CanvasRenderingContext2D, { curve, from, to, x, area }: Trace): void {
  const size = 4.5 * area.ratio;
  const bottom = area.top + area.height;
  let some = false;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    if (!curve.nonfinite[i]) continue;
    const px = x(curve.x[i] ?? Number.NaN);
    // A long stretch of them is a row of triangles side by side, not a bar.
    const upwards = curve.last?.[i] === Number.POSITIVE_INFINITY;
    if (Number.isNaN(px) || (px - before < size && !upwards)) continue;
    before = px;
    if (!some) ctx.beginPath();
    some = true;
    const [edge, inner] = upwards ? [area.top, area.top + 1.6 * size] : [bottom, bottom - 1.6 * size];
    ctx.moveTo(px, edge);
    ctx.lineTo(px - size, inner);
    ctx.lineTo(px + size, inner);
    ctx.closePath();
  }
  if (!some) return;
  ctx.fillStyle = curve.colour;
  ctx.fill();
}
