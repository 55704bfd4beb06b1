/** Charts as files: what a panel shows as CSV, and the names of its files. */

import type { Axis, Range } from "../../api/chart";
import type { Curve } from "./curves";
import { lowerBound, upperBound } from "./scale";

const HEAD = ["metric", "name", "id", "x", "mean", "min", "max", "last", "smoothed", "points", "nonfinite", "runs"];
/** What a spreadsheet would take for a formula when a cell begins with it. */
const FORMULA = /^[=+\-@\t\r]/;

/** The data of a panel, one line for each entry of a curve in the range; numbers as they are stored. */
export function toCsv(metric: string, axis: Axis, curves: readonly Curve[], range: Range | undefined): string {
  const groups = curves.some((curve) => curve.members);
  const smoothed = curves.some((curve) => curve.smooth);
  const shown = HEAD.map(
    (name) =>
      !(name === "runs" && !groups) &&
      !(["id", "last"].includes(name) && groups) &&
      !(name === "smoothed" && !smoothed),
  );
  const pick = (cells: readonly string[]) => cells.filter((_, i) => shown[i]).join(",");
  const lines = [pick(HEAD.map((name) => (name === "x" ? axisName(axis) : name)))];
  for (const curve of curves) {
    const from = range ? lowerBound(curve.x, range[0]) : 0;
    const to = range ? upperBound(curve.x, range[1]) : curve.x.length;
    const [key, name, id] = [cell(metric), cell(curve.name), cell(curve.id)];
    for (let i = from; i < to; i++) {
      lines.push(
        pick([
          key,
          name,
          id,
          number(curve.x[i]),
          number(curve.mean[i]),
          number(curve.low[i]),
          number(curve.high[i]),
          number(curve.last?.[i]),
          number(curve.smooth?.[i]),
          number(curve.count[i]),
          number(curve.nonfinite[i]),
          number(curve.members?.[i]),
        ]),
      );
    }
  }
  return `${lines.join("\r\n")}\r\n`;
}

const axisName = (axis: Axis) => (axis === "step" ? "step" : axis === "time" ? "time_ms" : "relative_ms");

/** A text as a cell (RFC 4180); an apostrophe before what is no formula but looks like one. */
function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function number(value: number | undefined): string {
  if (value === undefined) return "";
  return Object.is(value, -0) ? "-0.0" : String(value);
}

const MOST_NAME = 100;

/** A file name of a metric's name that every system takes. */
export function fileName(metric: string, extension: string): string {
  const plain = metric.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_").replaceAll(/^[._]+|[._]+$/g, "");
  return `${[...plain].slice(0, MOST_NAME).join("") || "chart"}.${extension}`;
}

/** Gives a file to the reader. */
export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken what it needs well before.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
