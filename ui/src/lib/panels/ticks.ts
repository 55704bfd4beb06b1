/** Where an axis has ticks, and what they say. */

import type { Axis } from "../../api/chart";
import { formatNumber } from "../format";
import type { Scale, Span } from "./scale";

export interface Tick {
  value: number;
  label: string;
  /** A second line, such as the date of a time. */
  below?: string;
}

/** Ticks of the x axis, about so many. */
export function xTicks(axis: Axis, scale: Scale, about: number, language: string): Tick[] {
  if (axis === "time") return timeTicks(scale.low, scale.high, about, language);
  if (axis === "relative") {
    return scale.log ? logDurationTicks(scale, about, language) : durationTicks(scale.low, scale.high, about, language);
  }
  return scale.log ? logTicks(scale, about) : linearTicks(scale.low, scale.high, about, 1);
}

/** Ticks of the y axis, about so many. */
export const yTicks = (scale: Scale, about: number): Tick[] =>
  scale.log ? logTicks(scale, about) : linearTicks(scale.low, scale.high, about);

const NICE = [1, 2, 5, 10];

/** The round step that makes about so many ticks: 1, 2 or 5 times a power of ten, whichever is nearest. */
function linearStep(low: number, high: number, about: number): number {
  const rough = Math.max(high / about - low / about, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (NICE.find((nice, i) => rough <= power * Math.sqrt(nice * (NICE[i + 1] ?? nice))) ?? 10);
}

/** How much longer an axis may be for a tick at one of its ends. */
const MORE = 0.1;

/** The scale of a y axis that ends at ticks where these are little beyond the values, and else as it is. */
export function endAtTicks(scale: Scale, values: Span, about: number): Scale {
  const span = values.high - values.low;
  if (scale.log || !(span > 0) || !Number.isFinite(span)) return scale;
  const step = linearStep(scale.low, scale.high, about);
  const low = rounded(Math.floor(values.low / step + 1e-9) * step);
  const high = rounded(Math.ceil(values.high / step - 1e-9) * step);
  const found = {
    ...scale,
    ...(values.low - low <= span * MORE && { low }),
    ...(high - values.high <= span * MORE && { high }),
  };
  return linearStep(found.low, found.high, about) === step ? found : scale;
}

/** To what a step can say: 0.3, not 0.30000000000000004. */
const rounded = (value: number) => Number(value.toPrecision(12)) || 0;

/** Ticks at round numbers, and never closer than `least`. */
export function linearTicks(low: number, high: number, about: number, least = 0): Tick[] {
  const step = Math.max(least, linearStep(low, high, about));
  const values: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let i = 0; i <= 4 * about; i++) {
    // Multiplied, not added up.
    const value = rounded((first + i) * step);
    if (value > high + step * 1e-9) break;
    values.push(value);
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  return values.map((value) => ({ value, label: tickLabel(value, step, size) }));
}

const UNITS: [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** A tick's value, as short as tells it from its neighbours: `20k`, `0.25`, `99,992`, `2.5e−6`. */
export function tickLabel(value: number, step: number, size: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, Math.ceil(Math.log10(size / step)));
  if (size >= 1e15 || size < 1e-3) return sign(exponential(value, Math.min(digits, 12)));
  if (size >= 1e4) {
    const unit = UNITS.find(([each]) => size >= each && step >= each / 10);
    if (unit) return sign(`${plain(value / unit[0], step / unit[0])}${unit[1]}`);
  }
  return sign(plain(value, step));
}

const formats = new Map<number, Intl.NumberFormat>();

function plain(value: number, step: number): string {
  const decimals = Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  let format = formats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat("en", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      // 9000 and 10,000.
      useGrouping: "min2",
    });
    formats.set(decimals, format);
  }
  return format.format(value);
}

function exponential(value: number, digits: number): string {
  return value
    .toExponential(digits)
    .replace(/\.?0+e/, "e")
    .replace("e+", "e");
}

const sign = (text: string) => text.replaceAll("-", "−");

/** Ticks at powers of ten; where few fit, between them too. */
export function logTicks(scale: Scale, about: number): Tick[] {
  const [low, high] = [Math.log10(scale.low), Math.log10(scale.high)];
  const decades = Math.floor(high + 1e-9) - Math.ceil(low - 1e-9) + 1;
  if (high - low < 0.7) {
    return linearTicks(scale.low, scale.high, about).filter(({ value }) => value > 0);
  }
  const between = decades <= 2 ? NICE.slice(0, 3) : decades * 2 <= about ? [1, 3] : [1];
  const every = Math.max(1, Math.ceil(decades / about));
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= high + 1e-9; power++) {
    if (power % every !== 0) continue;
    for (const nice of between) {
      const value = Number(`${nice}e${power}`);
      const place = Math.log10(value);
      if (place >= low - 1e-9 && place <= high + 1e-9) ticks.push({ value, label: logLabel(nice, power) });
    }
  }
  return ticks;
}

function logLabel(nice: number, power: number): string {
  if (power >= 15 || power < -4) return sign(`${nice}e${power}`);
  if (power >= 3) {
    const unit = UNITS.find(([each]) => 10 ** power >= each);
    if (unit) return `${(nice * 10 ** power) / unit[0]}${unit[1]}`;
  }
  return formatNumber(Number(`${nice}e${power}`));
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14].map((n) => n * DAY),
];

/** Ticks of a length of time in milliseconds. */
export function durationTicks(low: number, high: number, about: number, language: string): Tick[] {
  const rough = (high - low) / about;
  const step = STEPS.find((one) => one >= rough) ?? DAY * 10 ** Math.ceil(Math.log10(rough / DAY));
  const values: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step || 0);
  return values.map((value) => ({ value, label: durationLabel(value, language) }));
}

const WORDS = {
  en: { day: "d", hour: "h", minute: "m", second: "s", milli: "ms", gap: " " },
  ja: { day: "日", hour: "時間", minute: "分", second: "秒", milli: "ミリ秒", gap: "" },
};

/** A length of time in at most two units: `1h 30m`, `2.5s`, `0`. */
export function durationLabel(ms: number, language: string): string {
  const words = language === "ja" ? WORDS.ja : WORDS.en;
  const size = Math.abs(ms);
  const minus = ms < 0 ? "−" : "";
  if (size === 0) return "0";
  if (size < SECOND) return `${minus}${Number(size.toPrecision(3))}${words.milli}`;
  if (size < MINUTE) return `${minus}${Number((size / SECOND).toPrecision(4))}${words.second}`;
  const units: [number, string][] = [
    [DAY, words.day],
    [HOUR, words.hour],
    [MINUTE, words.minute],
    [SECOND, words.second],
  ];
  const rounded = size >= HOUR ? Math.round(size / MINUTE) * MINUTE : Math.round(size / SECOND) * SECOND;
  const at = units.findIndex(([each]) => rounded >= each);
  let rest = rounded;
  const parts: string[] = [];
  for (const [each, word] of units.slice(at, at + 2)) {
    const n = Math.floor(rest / each);
    rest -= n * each;
    if (n > 0) parts.push(`${n}${word}`);
  }
  return minus + parts.join(words.gap);
}

const LOG_STEPS = [1, 10, 100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 10 * HOUR, 4 * DAY, 40 * DAY, 400 * DAY];

function logDurationTicks(scale: Scale, about: number, language: string): Tick[] {
  const found = LOG_STEPS.filter((one) => one >= scale.low && one <= scale.high);
  if (found.length < 2) {
    return durationTicks(scale.low, scale.high, about, language).filter(({ value }) => value > 0);
  }
  const every = Math.ceil(found.length / about);
  return found.filter((_, i) => i % every === 0).map((value) => ({ value, label: durationLabel(value, language) }));
}

/** Ticks at whole seconds, minutes, hours, days, months or years of the reader's zone, with the date where it changes. */
export function timeTicks(low: number, high: number, about: number, language: string): Tick[] {
  const rough = (high - low) / about;
  const step = STEPS.find((one) => one >= rough);
  if (step === undefined || step > 2 * DAY) return monthTicks(low, high, about, language);
  if (step >= DAY) return dayTicks(low, high, step / DAY, language);
  const time = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(step < MINUTE && { second: "2-digit" }),
    ...(step < SECOND && { fractionalSecondDigits: 3 }),
  });
  const date = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
  // Counted from midnight, so that every sixth hour is 6 o'clock in every zone.
  const midnight = new Date(low).setHours(0, 0, 0, 0);
  const ticks: Tick[] = [];
  let before = "";
  for (let i = Math.ceil((low - midnight) / step - 1e-9); midnight + i * step <= high; i++) {
    const value = midnight + i * step;
    const day = date.format(value);
    ticks.push({ value, label: time.format(value), ...(day !== before && { below: day }) });
    before = day;
  }
  return ticks;
}

function dayTicks(low: number, high: number, days: number, language: string): Tick[] {
  const format = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
  const at = new Date(low);
  at.setHours(0, 0, 0, 0);
  const ticks: Tick[] = [];
  let before = 0;
  for (; at.getTime() <= high; at.setDate(at.getDate() + days)) {
    if (at.getTime() < low) continue;
    const year = at.getFullYear();
    ticks.push({ value: at.getTime(), label: format.format(at), ...(year !== before && { below: String(year) }) });
    before = year;
  }
  return ticks;
}

const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12_000];

function monthTicks(low: number, high: number, about: number, language: string): Tick[] {
  const rough = (high - low) / about;
  if (rough < 20 * DAY) return dayTicks(low, high, rough <= 7 * DAY ? 7 : 14, language);
  const months = MONTHS.find((one) => one * 30 * DAY >= rough * 0.9) ?? 120_000;
  const format = new Intl.DateTimeFormat(language, months < 12 ? { month: "short" } : { year: "numeric" });
  const start = new Date(low);
  const ticks: Tick[] = [];
  let before = 0;
  const first = Math.floor((start.getFullYear() * 12 + start.getMonth()) / months) * months;
  for (let i = 0; i <= about * 3; i++) {
    const month = first + i * months;
    const at = new Date(Math.floor(month / 12), month % 12, 1).getTime();
    if (at > high || Number.isNaN(at)) break;
    if (at < low) continue;
    const year = Math.floor(month / 12);
    ticks.push({
      value: at,
      label: format.format(at),
      ...(months < 12 && year !== before && { below: String(year) }),
    });
    before = year;
  }
  return ticks;
}

/** An x as a tooltip and a table say it. */
export function formatX(axis: Axis, x: number, language: string): string {
  if (axis === "step") return x.toLocaleString("en");
  if (axis === "relative") return durationLabel(x, language);
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(x);
}
