/** The runs of one or several experiments: one list that the table and all charts show. */

import { Alert, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { ChartSkeleton } from "../charts/analysis/chart-skeleton";
import { ExperimentHead, useExperiments } from "../components/experiment-head";
import { ErrorState, Pending } from "../components/states";
import { useText } from "../i18n";
import { RUN_FIELDS, toFilter } from "../lib/filter";
import { useCommands } from "../state/commands";
import { useKept } from "../state/experiment-tabs";
import { FAMILY_COLUMNS } from "../state/family";
import { pageKeys } from "../state/page-keys";
import { useColumns, useRunList } from "../state/run-list";
import { useExperimentIds, useRunsSearch } from "../state/runs";
import { analysisColumns, usualColumns } from "./runs/columns";
import { NoRuns } from "./runs/no-runs";
import classes from "./runs/runs.module.css";
import { RunTable } from "./runs/table";
import { Toolbar } from "./runs/toolbar";

const ChartsTab = lazy(() => import("./runs/charts-tab"));
const TreeTab = lazy(() => import("./runs/tree-tab"));
const AnalysisTab = lazy(() => import("./runs/analysis-tab"));

export function RunsPage() {
  const given = useExperimentIds().join(",");
  // Nothing of the runs of other experiments stays.
  return <Runs key={given} given={given} />;
}

function Runs({ given }: { given: string }) {
  const t = useText();
  const ids = useMemo(() => given.split(","), [given]);
  const [search] = useRunsSearch();
  const tab = search.tab ?? "table";
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const experiments = useExperiments(ids);
  const { title, first, error } = experiments;
  useKept(given, { runs: search });
  const inventory = useColumns(ids);
  const columns = useMemo(
    () => search.cols ?? usualColumns(inventory.data, ids.length),
    [search.cols, inventory.data, ids.length],
  );
  const asked = useMemo(
    () =>
      tab === "table" || tab === "charts"
        ? columns
        : tab === "tree"
          ? FAMILY_COLUMNS
          : [...new Set([...columns, ...analysisColumns(inventory.data, columns)])],
    [tab, columns, inventory.data],
  );
  const list = useRunList(
    ids,
    { ...search, q: toFilter(search.q ?? "", RUN_FIELDS) },
    inventory.data || search.cols || tab === "tree" ? asked : columns,
  );

  useCommands([{ ...pageKeys.runs(t).filter, run: () => document.getElementById("runs-filter")?.focus() }]);

  if (error) return <ErrorState error={error} />;
  const inTrash = ids.length === 1 && first?.lifecycle_stage === "deleted";
  const filterError = list.error instanceof ApiError && list.error.status === 400 && search.q ? list.error : null;

  return (
    <div className={classes.page}>
      <ExperimentHead ids={ids} title={title} tab={tab} />
      <Toolbar
        ids={ids}
        list={list}
        columns={columns}
        inventory={inventory.data}
        selected={selected}
        onSelect={setSelected}
        error={filterError}
      />
      {inTrash && (
        <Alert color="yellow" mx="md" mb="xs">
          <Text size="sm">{t.runs.deletedExperiment}</Text>
        </Alert>
      )}
      {list.error && !filterError && list.runs.length === 0 ? (
        <ErrorState error={list.error} retry={list.refetch} />
      ) : !list.loading && list.runs.length === 0 ? (
        <NoRuns experiments={experiments} wrongFilter={filterError !== null} />
      ) : (
        <Suspense
          fallback={
            tab === "table" || tab === "charts" || tab === "tree" ? (
              <Pending />
            ) : (
              <div className={classes.analysis}>
                <ChartSkeleton />
              </div>
            )
          }
        >
          {tab === "table" && (
            <RunTable
              list={list}
              columns={columns}
              inventory={inventory.data}
              selected={selected}
              onSelect={setSelected}
            />
          )}
          {tab === "charts" && <ChartsTab ids={ids} list={list} columns={columns} inventory={inventory.data} />}
          {tab === "tree" && <TreeTab list={list} />}
          {(tab === "parallel" || tab === "scatter" || tab === "importance") && (
            <AnalysisTab kind={tab} list={list} columns={columns} inventory={inventory.data} />
          )}
        </Suspense>
      )}
    </div>
  );
}
