/** What a panel draws of a metric. */

import { useMemo } from "react";
import type { Axis, ChartSeries, Range } from "../../api/chart";
import { useLanguage, useText } from "../../i18n";
import { type Curve, makeCurve, type Shape, seriesShape } from "../../lib/panels/curves";
import { groupShape } from "../../lib/panels/groups";
import { viewOf } from "../../lib/panels/view";
import type { Hover } from "./hover";
import type { Picture } from "./plot";
import type { ChartGroup, ChartRun } from "./props";
import { usePanelSeries } from "./series";

/** What all panels share. */
export interface Shown {
  runs: readonly ChartRun[];
  groups: readonly ChartGroup[] | undefined;
  /** All runs whose series are drawn, alone or in groups. */
  runIds: readonly string[];
  x: Axis;
  smooth: number;
  logx: boolean;
  logy: boolean;
  /** What is shown, and what is fetched: while a chart is moved the latter is behind. */
  range: Range | undefined;
  settledRange: Range | undefined;
  hover: Hover;
}

/** The curves of a metric and what they are drawn on; null until something is there. */
export function usePicture(metric: string, shown: Shown, buckets: number, enabled: boolean) {
  const t = useText();
  const language = useLanguage();
  const { runs, groups, runIds, x, smooth, logx, logy, range, settledRange } = shown;
  const log = logx && x !== "time";
  const { shown: found, ...state } = usePanelSeries({
    runIds,
    key: metric,
    x,
    logx: log,
    buckets,
    range: settledRange ?? null,
    enabled,
  });
  const axis = found?.x ?? x;
  const series = found?.series;
  const curves = useMemo(
    () => (series ? (groups ? groupCurves(series, groups, buckets, smooth) : runCurves(series, runs, smooth)) : null),
    [series, groups, runs, buckets, smooth],
  );
  const picture = useMemo((): Picture | null => {
    if (!curves || curves.length === 0) return null;
    const logarithmic = { logx: log && axis !== "time", logy };
    const whole = viewOf(curves, { range: undefined, ...logarithmic });
    const view = range && axis === x ? viewOf(curves, { range, ...logarithmic }) : whole;
    return { curves, view, whole, axis, xLabel: t.charts.axisLabel[axis], language };
  }, [curves, range, axis, x, log, logy, language, t]);
  return { picture, empty: curves?.length === 0, ...state };
}

function runCurves(series: readonly ChartSeries[], runs: readonly ChartRun[], smooth: number): Curve[] {
  const byRun = new Map(series.map((one) => [one.runId, one]));
  return runs.flatMap((run) => {
    const one = byRun.get(run.id);
    return one && one.x.length > 0 ? [makeCurve(run, seriesShape(one), smooth)] : [];
  });
}

const groupShapes = new WeakMap<readonly ChartSeries[], Map<string, Shape>>();

function groupCurves(
  series: readonly ChartSeries[],
  groups: readonly ChartGroup[],
  buckets: number,
  smooth: number,
): Curve[] {
  // Kept, so that smoothing and colours do not make them anew.
  const kept = groupShapes.get(series) ?? new Map<string, Shape>();
  groupShapes.set(series, kept);
  const byRun = new Map(series.map((one) => [one.runId, one]));
  return groups.flatMap((group, i) => {
    const id = JSON.stringify([buckets, group.runIds]);
    const shape =
      kept.get(id) ??
      groupShape(
        group.runIds.flatMap((run) => byRun.get(run) ?? []),
        buckets,
      );
    kept.set(id, shape);
    return shape.x.length > 0 ? [makeCurve({ ...group, id: `${i} ${group.name}` }, shape, smooth)] : [];
  });
}
