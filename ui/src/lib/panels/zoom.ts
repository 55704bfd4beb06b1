/** Ranges of x: closer, farther, to the side. */

import type { Range } from "../../api/chart";
import { fromUnit, type Scale } from "./scale";

/** The shortest range: two whole numbers, which x is. */
const LEAST = 1;

/** The range of a part of a scale, from and to given as 0 to 1, in whole numbers as x is; null where it is too short. */
export function rangeOf(scale: Scale, from: number, to: number): [number, number] | null {
  const [low, high] = [fromUnit(scale, Math.min(from, to)), fromUnit(scale, Math.max(from, to))];
  const range: [number, number] = [Math.floor(low), Math.ceil(high)];
  return range[1] - range[0] >= LEAST && range.every(Number.isSafeInteger) ? range : null;
}

/** The scale's range made shorter (a factor below 1) or longer around a place of it; undefined when all of `whole` is in it. */
export function zoom(scale: Scale, whole: Scale, factor: number, at = 0.5): [number, number] | undefined {
  return within(scale, whole, at - at * factor, at + (1 - at) * factor);
}

/** The scale's range moved by a part of its length, not beyond what there is. */
export function pan(scale: Scale, whole: Scale, by: number): [number, number] | undefined {
  const low = fromUnit(scale, by);
  const high = fromUnit(scale, 1 + by);
  if (
    (by < 0 && low < whole.low && scale.low <= whole.low) ||
    (by > 0 && high > whole.high && scale.high >= whole.high)
  )
    return rangeOf(scale, 0, 1) ?? undefined;
  return within(scale, whole, by, 1 + by);
}

function within(scale: Scale, whole: Scale, from: number, to: number): [number, number] | undefined {
  const found = rangeOf(scale, from, to) ?? rangeOf(scale, 0, 1);
  if (!found) return undefined;
  return covers(found, [whole.low, whole.high]) ? undefined : found;
}

const covers = (range: Range, [low, high]: Range) => range[0] <= low && range[1] >= high;
