/** A chart as an SVG document, drawn from the same data, scales and ticks as on screen. */

import type { Curve } from "./curves";
import { lowerBound, toUnit, upperBound } from "./scale";
import type { Tick } from "./ticks";
import type { View } from "./view";

export interface SvgChart {
  title: string;
  xLabel: string;
  curves: readonly Curve[];
  view: View;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
  /** What the legend says after the curves that it names. */
  more: (n: number) => string;
}

const WIDTH = 800;
const PLOT = { left: 72, top: 44, width: 704, height: 376 };
const LEGEND_ROW = 18;
const LEGEND_COLUMNS = 3;
const MOST_NAMES = 60;
const NAME_CHARS = 34;
const INK = "#1f2328";
const FAINT = "#d5d9de";

/** The document. All texts are users' data: they are escaped, and are nothing but text. */
export function toSvg(chart: SvgChart): string {
  const named = chart.curves.slice(0, MOST_NAMES);
  const rows = Math.ceil(named.length / LEGEND_COLUMNS) + (chart.curves.length > named.length ? 1 : 0);
  const bottom = PLOT.top + PLOT.height;
  const height = bottom + 64 + rows * LEGEND_ROW;
  const place = placer(chart.view);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    ` font-family="system-ui, 'Noto Sans JP', sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escapeXml(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<clipPath id="plot"><rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}"/></clipPath>`,
    `<text x="${PLOT.left}" y="26" font-size="15" font-weight="600">${escapeXml(chart.title)}</text>`,
    ...axes(chart, bottom),
    `<g clip-path="url(#plot)" fill="none" stroke-linejoin="round">`,
    ...chart.curves.map((curve) => band(curve, place)),
    ...chart.curves.filter((curve) => curve.smooth).map((curve) => line(curve, curve.mean, place, 1, 0.35)),
    ...chart.curves.map((curve) => line(curve, curve.smooth ?? curve.mean, place, 1.6, 1)),
    ...chart.curves.map((curve) => marks(curve, place)),
    "</g>",
    ...legend(named, chart, bottom + 56),
    "</svg>",
  ].join("");
}

/** A text inside of an element or an attribute; characters that XML does not have are left out. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A colour and nothing else, whatever was given as one. */
const colourOf = (curve: Curve) => (/^#[0-9a-fA-F]{6}$/.test(curve.colour) ? curve.colour : "#888888");

interface Placer {
  x: (value: number) => number;
  y: (value: number) => number;
  view: View;
}

function placer(view: View): Placer {
  return {
    view,
    x: (value) => round(PLOT.left + toUnit(view.x, value) * PLOT.width),
    y: (value) => {
      const unit = toUnit(view.y, value);
      // What a logarithmic axis has no place for lies below it.
      return round(PLOT.top + (1 - (Number.isNaN(unit) && value <= 0 ? -1 : unit)) * PLOT.height);
    },
  };
}

const round = (value: number) => Math.round(value * 100) / 100;

function axes(chart: SvgChart, bottom: number): string[] {
  const right = PLOT.left + PLOT.width;
  const parts: string[] = [];
  for (const tick of chart.yTicks) {
    const y = round(PLOT.top + (1 - toUnit(chart.view.y, tick.value)) * PLOT.height);
    parts.push(`<path d="M${PLOT.left} ${y}H${right}" stroke="${FAINT}"/>`);
    parts.push(`<text x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end">${escapeXml(tick.label)}</text>`);
  }
  for (const tick of chart.xTicks) {
    const x = round(PLOT.left + toUnit(chart.view.x, tick.value) * PLOT.width);
    parts.push(`<path d="M${x} ${PLOT.top}V${bottom + 4}" stroke="${FAINT}"/>`);
    parts.push(`<text x="${x}" y="${bottom + 17}" text-anchor="middle">${escapeXml(tick.label)}</text>`);
    if (tick.below) {
      parts.push(`<text x="${x}" y="${bottom + 31}" text-anchor="middle">${escapeXml(tick.below)}</text>`);
    }
  }
  parts.push(`<path d="M${PLOT.left} ${PLOT.top}V${bottom}H${right}" stroke="${INK}" fill="none"/>`);
  parts.push(`<text x="${right}" y="${bottom + 44}" text-anchor="end">${escapeXml(chart.xLabel)}</text>`);
  return parts;
}

/** The entries of a curve in view, with one more on each side. */
function extent(curve: Curve, { view }: Placer): [number, number] {
  const from = lowerBound(curve.x, view.x.low);
  const to = upperBound(curve.x, view.x.high);
  return [Math.max(0, from - 1), Math.min(curve.x.length, to + 1)];
}

/** Runs of entries that are finite, and have a place. */
function* pieces(curve: Curve, values: Float64Array, place: Placer): Generator<[number, number]> {
  const [from, to] = extent(curve, place);
  let start = -1;
  for (let i = from; i <= to; i++) {
    const value = values[i] ?? Number.NaN;
    const drawn =
      i < to && Number.isFinite(value) && !Number.isNaN(place.x(curve.x[i] ?? 0)) && !(place.view.y.log && value <= 0);
    if (drawn && start < 0) start = i;
    if (!drawn && start >= 0) {
      yield [start, i];
      start = -1;
    }
  }
}

function points(curve: Curve, values: Float64Array, from: number, to: number, place: Placer): string[] {
  const found: string[] = [];
  for (let i = from; i < to; i++) found.push(`${place.x(curve.x[i] ?? 0)} ${place.y(values[i] ?? 0)}`);
  return found;
}

function line(curve: Curve, values: Float64Array, place: Placer, width: number, opacity: number): string {
  let path = "";
  let dots = "";
  for (const [from, to] of pieces(curve, values, place)) {
    const found = points(curve, values, from, to, place);
    if (found.length > 1) path += `M${found.join("L")}`;
    else
      dots += `<circle cx="${found[0]?.split(" ")[0]}" cy="${found[0]?.split(" ")[1]}" r="3" fill="${colourOf(curve)}"/>`;
  }
  const stroke = `stroke="${colourOf(curve)}" stroke-width="${width}" stroke-opacity="${opacity}"`;
  return (path && `<path d="${path}" ${stroke}/>`) + dots;
}

function band(curve: Curve, place: Placer): string {
  if (curve.raw) return "";
  let path = "";
  for (const [from, to] of pieces(curve, curve.high, place)) {
    const back = points(curve, curve.low, from, to, place).reverse();
    path += `M${[...points(curve, curve.high, from, to, place), ...back].join("L")}Z`;
  }
  return path && `<path d="${path}" fill="${colourOf(curve)}" fill-opacity="0.16"/>`;
}

/** Spikes, and values that are not finite. */
function marks(curve: Curve, place: Placer): string {
  const [from, to] = extent(curve, place);
  const inside = (i: number) => i >= from && i < to;
  let path = "";
  const spike = (i: number, tip: Float64Array) => {
    const middle = curve.mean[i] ?? Number.NaN;
    if (inside(i)) path += `M${place.x(curve.x[i] ?? 0)} ${place.y(middle)}V${place.y(tip[i] ?? middle)}`;
  };
  for (const i of curve.spikes.up) spike(i, curve.high);
  for (const i of curve.spikes.down) spike(i, curve.low);
  let odd = "";
  for (let i = from; i < to; i++) {
    if (!curve.nonfinite[i]) continue;
    const [x, y] = [place.x(curve.x[i] ?? 0), PLOT.top + PLOT.height];
    odd +=
      curve.last?.[i] === Number.POSITIVE_INFINITY
        ? `M${x - 4} ${PLOT.top + 7}L${x} ${PLOT.top}L${x + 4} ${PLOT.top + 7}Z`
        : `M${x - 4} ${y - 7}L${x} ${y}L${x + 4} ${y - 7}Z`;
  }
  return (
    (path && `<path d="${path}" stroke="${colourOf(curve)}" stroke-width="1.2"/>`) +
    (odd && `<path d="${odd}" fill="${colourOf(curve)}"/>`)
  );
}

function legend(named: readonly Curve[], chart: SvgChart, top: number): string[] {
  const column = PLOT.width / LEGEND_COLUMNS;
  const parts = named.map((curve, i) => {
    const x = PLOT.left + (i % LEGEND_COLUMNS) * column;
    const y = top + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW;
    const chars = [...curve.name];
    const name = chars.length > NAME_CHARS ? `${chars.slice(0, NAME_CHARS - 1).join("")}…` : curve.name;
    return (
      `<rect x="${x}" y="${y - 9}" width="10" height="10" rx="5" fill="${colourOf(curve)}"/>` +
      `<text x="${x + 16}" y="${y}">${escapeXml(name)}</text>`
    );
  });
  const left = chart.curves.length - named.length;
  if (left > 0) {
    const y = top + Math.ceil(named.length / LEGEND_COLUMNS) * LEGEND_ROW;
    parts.push(`<text x="${PLOT.left}" y="${y}">${escapeXml(chart.more(left))}</text>`);
  }
  return parts;
}
