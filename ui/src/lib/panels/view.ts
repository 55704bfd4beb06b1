/** What part of its curves a panel shows: its scales, and what they leave out. */

import type { Range } from "../../api/chart";
import type { Curve } from "./curves";
import { lowerBound, type Scale, type Span, scaleAround, upperBound } from "./scale";

export interface View {
  x: Scale;
  y: Scale;
  /** The least and the greatest value that is shown. */
  values: Span;
  /** How many curves have values, or places, of 0 and below that a logarithmic axis cannot show. */
  hiddenX: number;
  hiddenY: number;
  /** A logarithmic axis was asked for, and there is nothing above 0: the axis is linear. */
  impossibleX: boolean;
  impossibleY: boolean;
}

export interface ViewOptions {
  range: Range | undefined;
  logx: boolean;
  logy: boolean;
}

const ROOM_Y = 0.05;

/** Scales that show all of the curves in the range: nothing is taken for an outlier. */
export function viewOf(curves: readonly Curve[], options: ViewOptions): View {
  const x = scaleX(curves, options);
  const inside: Span = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  const positive: Span = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  let hiddenY = 0;
  for (const curve of curves) {
    const from = lowerBound(curve.x, x.scale.low);
    const to = upperBound(curve.x, x.scale.high);
    let hides = false;
    for (let i = from; i < to; i++) {
      const low = curve.low[i] as number;
      const high = curve.high[i] as number;
      widen(inside, low);
      widen(inside, high);
      if (!options.logy) continue;
      if (low > 0) widen(positive, low);
      else if (low <= 0) hides = true;
      const mean = curve.mean[i] as number;
      if (mean > 0) widen(positive, mean);
      if (high > 0) widen(positive, high);
    }
    if (hides) hiddenY++;
  }
  const some = inside.low <= inside.high;
  const logy = options.logy && positive.low <= positive.high;
  const span = logy ? positive : some ? inside : { low: 0, high: 1 };
  return {
    x: x.scale,
    y: scaleAround(span.low, span.high, logy, ROOM_Y),
    values: span,
    hiddenX: x.hidden,
    hiddenY: logy ? hiddenY : 0,
    impossibleX: x.impossible,
    impossibleY: options.logy && some && !logy,
  };
}

function widen(span: Span, value: number): void {
  if (value < span.low) span.low = value;
  if (value > span.high) span.high = value;
}

function scaleX(curves: readonly Curve[], { range, logx }: ViewOptions) {
  const all: Span = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  const positive: Span = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  let hidden = 0;
  for (const { x } of curves) {
    if (x.length === 0) continue;
    widen(all, x[0] ?? 0);
    widen(all, x[x.length - 1] ?? 0);
    if (!logx) continue;
    const first = upperBound(x, 0);
    if (first > 0) hidden++;
    if (first === x.length) continue;
    widen(positive, x[first] ?? 0);
    widen(positive, x[x.length - 1] ?? 0);
  }
  if (range) {
    const low = logx && range[0] <= 0 ? Math.min(positive.low, range[1]) : range[0];
    const log = logx && low > 0 && range[1] > low;
    return {
      scale:
        log || range[1] > range[0]
          ? { low: log ? low : range[0], high: range[1], log }
          : scaleAround(low, low, false, 0),
      hidden: log ? hidden : 0,
      impossible: logx && !log,
    };
  }
  const log = logx && positive.low <= positive.high;
  const span = log ? positive : all.low <= all.high ? all : { low: 0, high: 1 };
  return {
    scale: span.low === span.high ? around(span.low, log) : { ...span, log },
    hidden: log ? hidden : 0,
    impossible: logx && !log && all.low <= all.high,
  };
}

/** The only x there is, in the middle. */
function around(x: number, log: boolean): Scale {
  return log ? scaleAround(x, x, true, 0) : { low: x - 1, high: x + 1, log };
}
