/** Charts of many runs at once: all that are loaded, and more are loaded up to a limit. */

import { Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import type { ColumnsAnswer } from "../../api/types";
import { Importance, ParallelCoordinates, Scatter } from "../../charts/analysis/analysis";
import { ChartSkeleton } from "../../charts/analysis/chart-skeleton";
import { useText } from "../../i18n";
import { type RunList, useManyRuns } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import { analysisColumns } from "./columns";
import classes from "./runs.module.css";

const CHARTS = { parallel: ParallelCoordinates, scatter: Scatter, importance: Importance };

export default function AnalysisTab({
  kind,
  list,
  columns: shown,
  inventory,
}: {
  kind: keyof typeof CHARTS;
  list: RunList;
  /** The table's columns. */
  columns: readonly string[];
  inventory: ColumnsAnswer | undefined;
}) {
  const t = useText();
  const navigate = useNavigate();
  const [search, change] = useRunsSearch();
  const wanted = useMemo(() => analysisColumns(inventory, shown), [inventory, shown]);
  // Without values of what may be an axis all would seem to have none: new axes come with them.
  const last = useRef<readonly string[]>(null);
  if (inventory && wanted.every(list.has)) last.current = wanted;
  const columns = last.current;
  const { runs } = list;
  useManyRuns(list);
  if (list.loading || !columns)
    return (
      <div className={classes.analysis}>
        <ChartSkeleton />
      </div>
    );
  const Chart = CHARTS[kind];
  return (
    <div className={classes.analysis}>
      {runs.length < list.total && (
        <Text size="xs" c="dimmed" role="status">
          {t.runs.analysisPartly(runs.length, list.total)}
        </Text>
      )}
      <Chart
        runs={runs}
        columns={columns}
        {...(search.axes && { axes: search.axes })}
        onAxes={(axes) => change({ axes: axes.length > 0 ? axes : undefined })}
        {...(search.chart && { chart: search.chart })}
        onChart={(chart) => change({ chart })}
        onOpen={(runId) => void navigate({ to: "/runs/$runId", params: { runId }, search: {} })}
      />
    </div>
  );
}
