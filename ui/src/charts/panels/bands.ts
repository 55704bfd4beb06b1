/**
 * The bands between the least and the greatest values, as pixels.
 *
 * Fifty bands of 500 columns that overlap are put together here, not by the canvas: each is a faint layer over those
 * before, and a canvas takes ten times as long for so many small rectangles.
 */

import type { Area, Trace } from "./trace";

/** A band as columns of one pixel: from which to which pixel of the canvas each reaches; empty ones end above their start. */
export interface Columns {
  left: number;
  tops: Float64Array;
  bottoms: Float64Array;
}

/** The columns of a curve's band; null when it has none. */
export function bandColumns({ curve, from, to, xs, y, area }: Trace): Columns | null {
  if (curve.raw || to - from === 0) return null;
  const left = Math.floor(area.left);
  const count = Math.ceil(area.width) + 1;
  const bottom = area.top + area.height;
  // As pixels go downwards, the greatest values have the least y.
  const tops = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const bottoms = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  let before = Number.NaN;
  let topBefore = 0;
  let bottomBefore = 0;
  for (let i = from; i < to; i++) {
    const px = xs[i - from] as number;
    const top = y(curve.high[i] as number);
    let low = y(curve.low[i] as number);
    // What lies below a logarithmic axis is cut off at its end.
    if (Number.isNaN(low) && (curve.low[i] as number) <= 0) low = bottom;
    if (Number.isNaN(px) || Number.isNaN(top)) {
      before = Number.NaN;
      continue;
    }
    const column = Math.round(px) - left;
    if (column >= 0 && column < count) {
      if (top < (tops[column] as number)) tops[column] = top;
      if (low > (bottoms[column] as number)) bottoms[column] = low;
    }
    if (!Number.isNaN(before)) {
      // The columns between this bucket and the one before: straight from one to the other.
      for (let c = Math.max(0, Math.round(before) - left + 1); c < column && c < count; c++) {
        const share = (c + left - before) / (px - before);
        const topHere = topBefore + (top - topBefore) * share;
        const bottomHere = bottomBefore + (low - bottomBefore) * share;
        if (topHere < (tops[c] as number)) tops[c] = topHere;
        if (bottomHere > (bottoms[c] as number)) bottoms[c] = bottomHere;
      }
    }
    before = px;
    topBefore = top;
    bottomBefore = low;
  }
  for (let c = 0; c < count; c++) {
    tops[c] = Math.max(area.top, tops[c] as number);
    bottoms[c] = Math.min(bottom, bottoms[c] as number);
  }
  return { left, tops, bottoms };
}

const CHANNELS = 4;

/** Draws the bands of all curves, each with this opacity, into a canvas that begins where the area does. */
export function paintBands(ctx: CanvasRenderingContext2D, traces: readonly Trace[], area: Area, alpha: number): void {
  const width = Math.ceil(area.width) + 1;
  const height = Math.ceil(area.height) + 1;
  const top = Math.floor(area.top);
  // Column by column, as bands are; colours already multiplied with their opacity, so that layers just add up.
  const layers = new Float32Array(width * height * CHANNELS);
  let some = false;
  for (const one of traces) {
    const columns = bandColumns(one);
    if (!columns) continue;
    some = true;
    const [red, green, blue] = channels(one.curve.colour).map((channel) => channel * alpha) as [number, number, number];
    /** From one pixel to before another, which are covered to this part. */
    const add = (from: number, to: number, part: number) => {
      const left = 1 - alpha * part;
      for (let i = from * CHANNELS; i < to * CHANNELS; i += CHANNELS) {
        layers[i] = (layers[i] as number) * left + red * part;
        layers[i + 1] = (layers[i + 1] as number) * left + green * part;
        layers[i + 2] = (layers[i + 2] as number) * left + blue * part;
        layers[i + 3] = (layers[i + 3] as number) * left + alpha * part;
      }
    };
    for (let c = 0; c < width; c++) {
      const start = (columns.tops[c] as number) - top;
      const end = (columns.bottoms[c] as number) - top;
      if (!(start < end)) continue;
      // The pixels at the ends are covered in part: edges are smooth, as those of lines are.
      const [first, last] = [Math.ceil(start), Math.floor(end)];
      if (first > last) {
        add(c * height + last, c * height + first, end - start);
        continue;
      }
      if (first > start) add(c * height + first - 1, c * height + first, first - start);
      add(c * height + first, c * height + last, 1);
      if (end > last) add(c * height + last, c * height + last + 1, end - last);
    }
  }
  if (some) ctx.putImageData(toImage(layers, width, height), 0, 0);
}

/** Columns of multiplied colours as the rows of plain ones that an image has. */
function toImage(layers: Float32Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  const { data } = image;
  for (let c = 0; c < width; c++) {
    for (let row = 0; row < height; row++) {
      const from = (c * height + row) * CHANNELS;
      const opacity = layers[from + 3] as number;
      if (opacity === 0) continue;
      const to = (row * width + c) * CHANNELS;
      data[to] = (layers[from] as number) / opacity;
      data[to + 1] = (layers[from + 1] as number) / opacity;
      data[to + 2] = (layers[from + 2] as number) / opacity;
      data[to + 3] = opacity * 255;
    }
  }
  return image;
}

const GREY: readonly [number, number, number] = [136, 136, 136];

function channels(colour: string): readonly [number, number, number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!match) return GREY;
  const [, red = "", green = "", blue = ""] = match;
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}
