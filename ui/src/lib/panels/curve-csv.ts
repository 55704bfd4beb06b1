/** What a panel shows, as CSV. */

import type { Axis, Range } from "../../api/chart";
import { type CsvCell, csvText } from "../csv";
import type { Curve } from "./curves";
import { lowerBound, upperBound } from "./scale";

const HEAD = ["metric", "name", "id", "x", "mean", "min", "max", "last", "smoothed", "points", "nonfinite", "runs"];

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
  const pick = (cells: readonly CsvCell[]) => cells.filter((_, i) => shown[i]);
  const lines: CsvCell[][] = [pick(HEAD.map((name) => (name === "x" ? axisName(axis) : name)))];
  for (const curve of curves) {
    const from = range ? lowerBound(curve.x, range[0]) : 0;
    const to = range ? upperBound(curve.x, range[1]) : curve.x.length;
    for (let i = from; i < to; i++) {
      lines.push(
        pick([
          metric,
          curve.name,
          curve.id,
          curve.x[i],
          curve.mean[i],
          curve.low[i],
          curve.high[i],
          curve.last?.[i],
          curve.smooth?.[i],
          curve.count[i],
          curve.nonfinite[i],
          curve.members?.[i],
        ]),
      );
    }
  }
  return csvText(lines);
}

const axisName = (axis: Axis) => (axis === "step" ? "step" : axis === "time" ? "time_ms" : "relative_ms");
