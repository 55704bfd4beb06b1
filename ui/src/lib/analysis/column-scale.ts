/** From values to places on an axis and back, and the ticks of an axis. */

import { columnFormat, formatDuration, formatNumber } from "../format";
import type { ColumnValues, NumberColumn, Unit } from "./column-values";

export type ScaleKind = "linear" | "log" | "category";

export interface Tick {
  value: number;
  /** From 0 to 1 along the axis. */
  unit: number;
  label: string;
}

export interface Scale {
  kind: ScaleKind;
  unit: Unit;
  low: number;
  high: number;
  categories: readonly string[];
  /** The place of a value, 0 at `low` and 1 at `high`; NaN for a value that has none. */
  toUnit: (value: number) => number;
  fromUnit: (unit: number) => number;
}

export interface ScaleOptions {
  /** Linear or logarithmic; chosen by the values when absent. */
  kind?: "linear" | "log";
  /** The part that is shown instead of all. */
  range?: readonly [number, number];
  /** How much wider than the values the axis is at each end, as a part of it. */
  pad?: number;
}

export function scaleOf(column: ColumnValues, options: ScaleOptions = {}): Scale {
  if (column.kind === "category") return categoryScale(column.categories, options.range);
  const kind = logPossible(column) ? (options.kind ?? (column.wide ? "log" : "linear")) : "linear";
  const [low, high] = options.range ?? extent(column, kind, options.pad ?? 0);
  return kind === "log" && low > 0 ? logScale(low, high) : linearScale(low, high, column.unit);
}

/** Whether a column has a number that a logarithmic axis can show. */
export function logPossible(column: ColumnValues): boolean {
  return column.kind === "number" && column.unit !== "time" && column.lowPositive > 0;
}

function extent(column: NumberColumn, kind: "linear" | "log", pad: number): [number, number] {
  if (column.count === 0) return [0, 1];
  if (kind === "log") {
    if (column.lowPositive === column.high) return [column.high / 2, column.high * 2];
    const factor = (column.high / column.lowPositive) ** pad;
    return [column.lowPositive / factor, column.high * factor];
  }
  if (column.low === column.high) {
    const around = column.low === 0 ? 1 : Math.abs(column.low) / 2;
    return [column.low - around, column.high + around];
  }
  const wider = (column.high - column.low) * pad;
  return [column.low - wider, column.high + wider];
}

export function linearScale(low: number, high: number, unit: Unit = "number"): Scale {
  const span = high - low || 1;
  return {
    kind: "linear",
    unit,
    low,
    high,
    categories: [],
    toUnit: (value) => (value - low) / span,
    fromUnit: (at) => low + at * span,
  };
}

export function logScale(low: number, high: number): Scale {
  const start = Math.log(low);
  const span = Math.log(high) - start || 1;
  return {
    kind: "log",
    unit: "number",
    low,
    high,
    categories: [],
    toUnit: (value) => (value > 0 ? (Math.log(value) - start) / span : Number.NaN),
    fromUnit: (at) => Math.exp(start + at * span),
  };
}

/** Categories have a band each; their place is its middle. Values are positions. */
function categoryScale(categories: readonly string[], range?: readonly [number, number]): Scale {
  const [low, high] = range ?? [-0.5, Math.max(0.5, categories.length - 0.5)];
  return { ...linearScale(low, high), kind: "category", categories };
}

/** Where each run is on the axis; NaN where it has no place. */
export function unitsOf(column: ColumnValues, scale: Scale): Float64Array {
  if (column.kind === "number") return column.numbers.map(scale.toUnit);
  return Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : scale.toUnit(code)));
}

/** About `count` ticks, all of them on the axis. */
export function ticksOf(scale: Scale, count: number, language = "en"): Tick[] {
  const values = tickValues(scale, Math.max(1, count));
  // Even steps have the same decimals.
  const even = scale.kind === "linear" && scale.unit === "number" && values.every((one) => Math.abs(one) < 1e4);
  const label = even ? columnFormat(values, 12) : (value: number) => tickLabel(scale, value, language);
  return values
    .map((value) => ({ value, unit: scale.toUnit(value), label: label(value) }))
    .filter((tick) => tick.unit >= -1e-9 && tick.unit <= 1 + 1e-9);
}

/** What was set, where it is one of few numbers; else round numbers. */
export function ticksOfColumn(column: ColumnValues, scale: Scale, count: number, language = "en"): Tick[] {
  if (column.kind === "number" && column.id.startsWith("params.") && column.distinct > 0 && column.distinct <= FEW) {
    const values = [...new Set(column.numbers)].filter((one) => !Number.isNaN(one)).sort((a, b) => a - b);
    const ticks = values.map((value) => ({
      value,
      unit: scale.toUnit(value),
      label: tickLabel(scale, value, language),
    }));
    const apart = ticks.every((tick, i) => i === 0 || tick.unit - (ticks[i - 1]?.unit ?? 0) > 0.25 / count);
    if (apart) return ticks.filter((tick) => tick.unit >= -1e-9 && tick.unit <= 1 + 1e-9);
  }
  return ticksOf(scale, count, language);
}

const FEW = 8;

function tickValues(scale: Scale, count: number): number[] {
  const { low, high } = scale;
  if (!(high > low)) return [low];
  if (scale.kind === "category") {
    const first = Math.max(0, Math.ceil(low));
    const last = Math.min(scale.categories.length - 1, Math.floor(high));
    const each = Math.max(1, Math.ceil((last - first + 1) / count));
    return Array.from({ length: Math.max(0, Math.floor((last - first) / each) + 1) }, (_, i) => first + i * each);
  }
  if (scale.kind === "log") return logTicks(low, high, count);
  if (scale.unit === "time") return timeTicks(low, high, count);
  return linearTicks(low, high, count, scale.unit === "duration" ? DURATION_STEPS : undefined);
}

const TENTHS = [1, 2, 5, 10];
const SECOND = 1000;
const DURATION_STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const TIME_STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200];
const DAY_STEPS = [1, 2, 5, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650];
const DAY = 86_400 * SECOND;

export function linearTicks(low: number, high: number, count: number, seconds?: readonly number[]): number[] {
  const rough = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const plain = (TENTHS.find((one) => one * size >= rough * 0.999) ?? 10) * size;
  const step = (rough >= SECOND && seconds?.map((one) => one * SECOND).find((one) => one >= rough)) || plain;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.min(1000, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Decades, every so many; with few decades also their twos and fives; with hardly one, even steps. */
export function logTicks(low: number, high: number, count: number): number[] {
  const decades = Math.log10(high / low);
  if (decades < 0.7) return linearTicks(low, high, count);
  const each = Math.max(1, Math.ceil(decades / count));
  const parts = decades * 3 <= count * 1.5 ? [1, 2, 5] : [1];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % each !== 0) continue;
    for (const part of parts) {
      const value = Number(`${part}e${power}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found.length >= 2 ? found : linearTicks(low, high, count);
}

function timeTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const short = TIME_STEPS.map((one) => one * SECOND).find((one) => one >= rough);
  const step = short ?? DAY_STEPS.map((one) => one * DAY).find((one) => one >= rough) ?? 3650 * DAY;
  // Days begin at midnight here, not in Greenwich.
  const shift = new Date(low).getTimezoneOffset() * 60 * SECOND;
  const first = Math.ceil((low - shift) / step);
  const last = Math.floor((high - shift) / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step + shift);
}

const SIZES: [number, string][] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e4, "k"],
];

/** A value as an axis says it: shorter than elsewhere. */
export function tickLabel(scale: Scale, value: number, language = "en"): string {
  if (scale.kind === "category") return scale.categories[Math.round(value)] ?? "";
  if (scale.unit === "duration") return formatDuration(value, language);
  if (scale.unit === "time") {
    const span = scale.high - scale.low;
    const options: Intl.DateTimeFormatOptions =
      span > 300 * DAY
        ? { year: "numeric", month: "numeric", day: "numeric" }
        : span > 4 * DAY
          ? { month: "numeric", day: "numeric" }
          : span > DAY
            ? { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" }
            : { hour: "2-digit", minute: "2-digit", ...(span < 600 * SECOND && { second: "2-digit" }) };
    return new Intl.DateTimeFormat(language, options).format(value);
  }
  const size = Math.abs(value);
  const [each, letter] = SIZES.find(([from]) => size >= from && size < 1e12) ?? [1, ""];
  return `${formatNumber(value / (each === 1e4 ? 1000 : each), 4)}${letter}`;
}
