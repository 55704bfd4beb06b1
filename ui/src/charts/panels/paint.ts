/**
 * Draws curves on a canvas: bands, lines, spikes, points, and marks for what is not finite.
 *
 * Fifty noisy lines of 1,000 points take a browser without a graphics card a second to stroke and fill as paths. What is
 * drawn here of many curves is therefore made of what is drawn fast: lines of one pixel, and bands as pixels.
 */

import type { Curve } from "../../lib/panels/curves";
import type { View } from "../../lib/panels/view";
import { bandColumns, paintBands } from "./bands";
import { type Area, type Trace, trace } from "./trace";

/** Up to so many curves are stroked as wide as one likes. */
const FEW_CURVES = 8;
/** Stroking takes longer than in proportion to a line's length: so many points are stroked at once. */
const CHUNK = 64;
/** Fewer CSS pixels than this between neighbouring points, and they are a line without dots. */
const DOT_EVERY = 9;
/** A spike of fewer CSS pixels is seen in the band. */
const SPIKE_LEAST = 3;
/** How far marks reach over the edges, in CSS pixels: those of the first and the last point are whole. */
const OVER = 5;

/** How strongly bands are drawn, so that many of them can still be told apart. */
const bandAlpha = (curves: number) => (curves <= 6 ? 0.18 : curves <= 24 ? 0.13 : curves <= 100 ? 0.1 : 0.07);

/** What lies below the lines, drawn once for as long as it stays the same: smoothing changes lines alone. */
export interface Ground {
  canvas: HTMLCanvasElement;
  parts: readonly unknown[];
}

/** Draws all curves: bands at the bottom, marks that must not be covered on top. Returns the ground for the next time. */
export function paintCurves(
  ctx: CanvasRenderingContext2D,
  curves: readonly Curve[],
  view: View,
  area: Area,
  faint: number,
  before: Ground | null,
): Ground {
  const few = curves.length <= FEW_CURVES;
  const traces = curves.map((curve) => trace(curve, view, area));
  const ground = groundOf(traces, view, area, faint, before);
  ctx.save();
  clip(ctx, area, 1);
  ctx.drawImage(ground.canvas, Math.floor(area.left), Math.floor(area.top));
  const lines = traces.map((one) => lineOf(one, one.curve.smooth ?? one.curve.mean));
  traces.forEach(({ curve }, i) => {
    const line = lines[i] as Line;
    if (few) strokeWide(ctx, line, curve.colour, 1.5 * area.ratio);
    else strokeThin(ctx, line, curve.colour, area.ratio, 1);
  });
  ctx.restore();
  ctx.save();
  clip(ctx, area, OVER);
  traces.forEach((one, i) => {
    paintDots(ctx, one, lines[i] as Line);
  });
  for (const one of traces) {
    paintSpikes(ctx, one);
    paintOdd(ctx, one);
  }
  ctx.restore();
  return ground;
}

function groundOf(traces: readonly Trace[], view: View, area: Area, faint: number, before: Ground | null): Ground {
  const { left, top, width, height } = area;
  const smooth = traces.some((one) => one.curve.smooth);
  const parts = [
    ...[
      view.x.low,
      view.x.high,
      view.x.log,
      view.y.low,
      view.y.high,
      view.y.log,
      left,
      top,
      width,
      height,
      smooth && faint,
    ],
    ...traces.flatMap(({ curve }) => [curve.mean, curve.high, curve.colour]),
  ];
  if (before && before.parts.length === parts.length && parts.every((one, i) => one === before.parts[i])) return before;
  const canvas = before?.canvas ?? document.createElement("canvas");
  canvas.width = Math.ceil(width) + 1;
  canvas.height = Math.ceil(height) + 1;
  const ctx = canvas.getContext("2d");
  if (!ctx) return { canvas, parts };
  paintBands(ctx, traces, area, bandAlpha(traces.length));
  if (smooth) {
    ctx.translate(-Math.floor(left), -Math.floor(top));
    for (const one of traces) strokeThin(ctx, lineOf(one, one.curve.mean), one.curve.colour, 1, faint);
  }
  return { canvas, parts };
}

/** Draws one curve so that it stands out of those below, with a dot at an entry. `ground` is the colour around it. */
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
  const line = lineOf(one, values);
  ctx.save();
  clip(ctx, area, 1);
  paintBand(ctx, one, 0.3);
  strokeWide(ctx, line, ground, 5 * area.ratio);
  strokeWide(ctx, line, curve.colour, 2.5 * area.ratio);
  ctx.restore();
  paintSpikes(ctx, one);
  const [x, y] = [one.x(curve.x[index] ?? Number.NaN), one.y(values[index] ?? Number.NaN)];
  if (Number.isNaN(y) || !isIn(area, x)) return;
  ctx.beginPath();
  ctx.arc(x, y, 4 * area.ratio, 0, 2 * Math.PI);
  ctx.fillStyle = curve.colour;
  ctx.fill();
  ctx.lineWidth = 1.5 * area.ratio;
  ctx.strokeStyle = ground;
  ctx.stroke();
}

/** One band alone. */
function paintBand(ctx: CanvasRenderingContext2D, one: Trace, alpha: number): void {
  const columns = bandColumns(one);
  if (!columns) return;
  ctx.globalAlpha = alpha;
  ctx.fillStyle = one.curve.colour;
  for (let c = 0; c < columns.tops.length; c++) {
    const top = columns.tops[c] as number;
    const height = (columns.bottoms[c] as number) - top;
    if (height > 0) ctx.fillRect(columns.left + c, top, 1, height);
  }
  ctx.globalAlpha = 1;
}

/** Whether an x, as pixels, is shown: of what is drawn, one entry on each side is not. */
const isIn = (area: Area, x: number): boolean => x >= area.left - 1 && x <= area.left + area.width + 1;

/** Leaves out what is more than so many CSS pixels outside of the area. */
function clip(ctx: CanvasRenderingContext2D, area: Area, over: number): void {
  const more = over * area.ratio;
  ctx.beginPath();
  ctx.rect(area.left - more, area.top - more, area.width + 2 * more, area.height + 2 * more);
  ctx.clip();
  ctx.lineJoin = "bevel";
}

/** Points one after the other as x and y; NaN between lines. */
interface Line {
  xy: Float64Array;
  /** The entries that have no neighbour to draw a line to. */
  lone: number[];
}

function lineOf({ from, to, xs, y }: Trace, values: Float64Array): Line {
  const xy = new Float64Array(2 * (to - from));
  const lone: number[] = [];
  let length = 0;
  for (let i = from; i <= to; i++) {
    const at = 2 * (i - from);
    const px = i < to ? (xs[i - from] as number) : Number.NaN;
    const py = i < to ? y(values[i] as number) : Number.NaN;
    if (i < to) {
      xy[at] = px;
      xy[at + 1] = py;
    }
    if (Number.isNaN(px) || Number.isNaN(py)) {
      if (length === 1) lone.push(i - 1);
      length = 0;
    } else {
      length++;
    }
  }
  return { xy, lone };
}

function addTo(path: CanvasPath, xy: Float64Array, start: number, end: number): void {
  let down = false;
  for (let i = start; i < end; i += 2) {
    const px = xy[i] as number;
    const py = xy[i + 1] as number;
    if (Number.isNaN(px) || Number.isNaN(py)) {
      down = false;
    } else if (down) {
      path.lineTo(px, py);
    } else {
      path.moveTo(px, py);
      down = true;
    }
  }
}

function strokeWide(ctx: CanvasRenderingContext2D, { xy }: Line, colour: string, width: number): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  for (let at = 0; at < xy.length; at += 2 * CHUNK) {
    ctx.beginPath();
    // One point more, which the next part begins with.
    addTo(ctx, xy, at, Math.min(xy.length, at + 2 * CHUNK + 2));
    ctx.stroke();
  }
}

/** A line of one pixel, drawn again beside itself until it is as wide as `width`. */
function strokeThin(ctx: CanvasRenderingContext2D, { xy }: Line, colour: string, width: number, alpha: number): void {
  const path = new Path2D();
  addTo(path, xy, 0, xy.length);
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.globalAlpha = alpha;
  const more = alpha < 1 ? 0 : Math.max(0, width - 1);
  const beside: readonly (readonly [number, number])[] =
    more === 0
      ? [[0, 0]]
      : [
          [-more / 2, 0],
          [more / 2, 0],
          [0, -more / 2],
          [0, more / 2],
        ];
  for (const [dx, dy] of beside) {
    ctx.translate(dx, dy);
    ctx.stroke(path);
    ctx.translate(-dx, -dy);
  }
  ctx.globalAlpha = 1;
}

/** Dots where points are few and what is drawn are points, and where one has no neighbour to draw a line to. */
function paintDots(ctx: CanvasRenderingContext2D, { curve, from, to, area }: Trace, { xy, lone }: Line): void {
  const few = curve.raw && !curve.smooth && (to - from) * DOT_EVERY * area.ratio <= area.width;
  const drawn = few ? Array.from({ length: to - from }, (_, i) => from + i) : lone;
  if (drawn.length === 0) return;
  const radius = (to - from === 1 ? 4 : few ? 2.4 : 2) * area.ratio;
  ctx.beginPath();
  for (const i of drawn) {
    const px = xy[2 * (i - from)] as number;
    const py = xy[2 * (i - from) + 1] as number;
    if (Number.isNaN(py) || !isIn(area, px)) continue;
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
  const tips: [number, number][] = [];
  ctx.beginPath();
  const spike = (i: number, tip: Float64Array) => {
    if (i < from || i >= to) return;
    const px = x(curve.x[i] ?? Number.NaN);
    const ends = [y(curve.mean[i] ?? Number.NaN), y(tip[i] ?? Number.NaN)].map((one) =>
      Number.isNaN(one) ? bottom : one,
    );
    const [start = bottom, end = bottom] = ends;
    if (!isIn(area, px) || Math.abs(end - start) < SPIKE_LEAST * area.ratio) return;
    ctx.moveTo(px, start);
    ctx.lineTo(px, end);
    tips.push([px, end]);
  };
  for (const i of up) spike(i, curve.high);
  for (const i of down) spike(i, curve.low);
  ctx.strokeStyle = curve.colour;
  ctx.lineWidth = 1.25 * area.ratio;
  ctx.stroke();
  // Tips that are seen from afar.
  ctx.beginPath();
  for (const [px, py] of tips) {
    ctx.moveTo(px, py);
    ctx.arc(px, py, 2 * area.ratio, 0, 2 * Math.PI);
  }
  ctx.fillStyle = curve.colour;
  ctx.fill();
}

/** Triangles at the edge for NaN and infinities: +∞ at the top, all else at the bottom. */
function paintOdd(ctx: CanvasRenderingContext2D, { curve, from, to, xs, area }: Trace): void {
  const size = 4.5 * area.ratio;
  const bottom = area.top + area.height;
  let some = false;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    if (curve.nonfinite[i] === 0) continue;
    const px = xs[i - from] as number;
    // A long stretch of them is a row of triangles side by side, not a bar.
    const upwards = curve.last?.[i] === Number.POSITIVE_INFINITY;
    if (!isIn(area, px) || (px - before < size && !upwards)) continue;
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
