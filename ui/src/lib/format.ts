/** Numbers, times and sizes as people read them. */

/** A metric's value: up to `digits` significant digits, exponents where zeros would be counted. */
export function formatNumber(value: number, digits = 5): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return Object.is(value, -0) ? "−0" : "0";
  if (Number.isInteger(value) && Math.abs(value) < 1e15)
    return minus(value.toLocaleString("en", { useGrouping: Math.abs(value) >= 1e4 }));
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return minus(trim(value.toExponential(Math.max(0, digits - 1))));
  return minus(trim(value.toPrecision(digits)));
}

/** A number with all the digits that tell it from every other one. */
export function formatExact(value: number): string {
  return Number.isFinite(value) && value !== 0 ? minus(String(value)) : formatNumber(value);
}

/**
 * How the numbers of a column are written: all with as many decimals as its greatest has at `digits` significant digits, or
 * fewer where none needs them, so that digits stand under each other. What would lose its own digits is written by itself.
 */
export function columnFormat(values: Iterable<number>, digits = 5): (value: number) => string {
  const sizes = Array.from(values, Math.abs).filter((size) => size >= 1e-4 && size < 1e7);
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  const room = most > 0 ? Math.max(0, digits - 1 - Math.floor(Math.log10(most))) : 0;
  let decimals = 0;
  for (const size of sizes) {
    if (decimals === room) break;
    decimals = Math.max(decimals, trim(size.toFixed(room)).split(".")[1]?.length ?? 0);
  }
  const least = 10 ** (1 - decimals);
  return (value) => {
    const size = Math.abs(value);
    const fits = decimals > 0 ? size === 0 || (size >= least && size < 1e7) : size >= 1 && size < 1e7;
    return fits ? minus(grouped(value.toFixed(decimals))) : formatNumber(value, digits);
  };
}

/** A mean and its standard deviation, which has two digits; the mean ends where it does. */
export function formatSpread(mean: number, deviation: number): [mean: string, deviation: string] {
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(deviation)));
  if (!(decimals <= 6 && Math.abs(mean) < 1e7)) return [formatNumber(mean), formatNumber(deviation, 2)];
  const fixed = (value: number) => minus(grouped(value.toFixed(decimals)));
  return [fixed(mean), fixed(deviation)];
}

/** Thousands apart from ten thousand on. */
function grouped(text: string): string {
  return text.replace(/^-?\d{5,}/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, ","));
}

function trim(text: string): string {
  return text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

function minus(text: string): string {
  return text.replace(/^-/, "−").replace(/e\+?(-?)/, (_, sign: string) => `e${sign && "−"}`);
}

/** A value of the wire as text. */
export function formatValue(value: string | number | null | undefined, digits?: number): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? formatNumber(value, digits) : value;
}

/** A date and time in the reader's zone. */
export function formatTime(ms: number, language: string): string {
  return ms ? timeFormat(language).format(ms) : "";
}

/** One formatter for each language: to make one takes a hundred times as long as to use it. */
function perLanguage<T>(make: (language: string) => T): (language: string) => T {
  const made = new Map<string, T>();
  return (language) => {
    const found = made.get(language) ?? make(language);
    made.set(language, found);
    return found;
  };
}

const timeFormat = perLanguage(
  (language) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }),
);
const agoFormat = perLanguage((language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }));

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago, in the greatest unit: "3 hours ago". */
export function formatAgo(ms: number, now: number, language: string): string {
  if (!ms) return "";
  const seconds = (ms - now) / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return agoFormat(language).format(Math.round(seconds / size), unit);
}

/** A length of time: "1 h 2 min", "3.2 s", "45 ms". */
export function formatDuration(ms: number, language: string): string {
  if (ms < 0 || !Number.isFinite(ms)) return "";
  const [h, m, s] = language === "ja" ? [" 時間", " 分", " 秒"] : [" h", " min", " s"];
  if (ms < 1000) return language === "ja" ? `${Math.round(ms)} ミリ秒` : `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}${s}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${m} ${Math.floor(seconds % 60)}${s}`;
  const hours = Math.floor(minutes / 60);
  return `${hours}${h} ${minutes % 60}${m}`;
}

/** A file's size: "1.2 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size >= 99.5 ? Math.round(size) : trim(size.toPrecision(3))} ${units[unit]}`;
}

/** A difference in per cent of what it is a difference to: "+12.3 %". Empty where that has no meaning. */
export function formatChange(value: number, baseline: number): string {
  if (!Number.isFinite(value) || !Number.isFinite(baseline) || baseline === 0) return "";
  const change = ((value - baseline) / Math.abs(baseline)) * 100;
  if (change === 0) return "±0 %";
  const size = Math.abs(change);
  if (size >= 1e6) return `${change > 0 ? "+" : "−"}${trim(size.toExponential(1)).replace("e+", "e")} %`;
  const text = size >= 100 ? Math.round(size).toLocaleString("en") : trim(size.toPrecision(2));
  return `${change > 0 ? "+" : "−"}${text} %`;
}
