/** The runs of one or several experiments: one list that the table and all charts show. */

import { Alert, Tabs, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { getExperiment } from "../api/endpoints";
import { ChartSkeleton } from "../charts/analysis/chart-skeleton";
import { Icon } from "../components/icons";
import { ErrorState, Pending } from "../components/states";
import { TabStrip } from "../components/tab-strip";
import { useText } from "../i18n";
import { toFilter } from "../lib/filter";
import { useCommands } from "../state/commands";
import { useNarrow } from "../state/narrow";
import { pageKeys } from "../state/page-keys";
import { useColumns, useRunList } from "../state/run-list";
import { type RunsTab, useExperimentIds, useRunsSearch } from "../state/runs";
import { analysisColumns, usualColumns } from "./runs/columns";
import { NoRuns } from "./runs/no-runs";
import classes from "./runs/runs.module.css";
import { RunTable } from "./runs/table";
import { Toolbar } from "./runs/toolbar";

const ChartsTab = lazy(() => import("./runs/charts-tab"));
const AnalysisTab = lazy(() => import("./runs/analysis-tab"));

const TABS: readonly RunsTab[] = ["table", "charts", "parallel", "scatter", "importance"];

export function RunsPage() {
  const t = useText();
  const given = useExperimentIds().join(",");
  const ids = useMemo(() => given.split(","), [given]);
  const [search, change] = useRunsSearch();
  const tab = search.tab ?? "table";
  const narrow = useNarrow();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const experiments = useQueries({
    queries: ids.map((id) => ({
      queryKey: ["experiment", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => getExperiment(id, signal),
      staleTime: 30_000,
    })),
  });
  const inventory = useColumns(ids);
  const columns = useMemo(
    () => search.cols ?? usualColumns(inventory.data, ids.length),
    [search.cols, inventory.data, ids.length],
  );
  const asked = useMemo(
    () =>
      tab === "table" || tab === "charts"
        ? columns
        : [...new Set([...columns, ...analysisColumns(inventory.data, columns)])],
    [tab, columns, inventory.data],
  );
  const list = useRunList(
    ids,
    { ...search, q: toFilter(search.q ?? "") },
    inventory.data || search.cols ? asked : columns,
  );

  const keys = pageKeys.runs(t);
  useCommands([
    ...keys.tabs.map((key) => ({ ...key, run: () => change({ tab: key.tab === "table" ? undefined : key.tab }) })),
    { ...keys.filter, run: () => document.getElementById("runs-filter")?.focus() },
  ]);

  const missing = experiments.find((one) => one.error instanceof ApiError && one.error.status < 500);
  if (missing?.error) return <ErrorState error={missing.error} />;
  const first = experiments[0]?.data;
  const title = ids.length === 1 ? (first?.name ?? "…") : t.runs.experimentsTitle(ids.length);
  const inTrash = ids.length === 1 && first?.lifecycle_stage === "deleted";
  const filterError = list.error instanceof ApiError && list.error.status === 400 && search.q ? list.error : null;

  return (
    <div className={classes.page}>
      <title>{`${title} · kiseki`}</title>
      <div className={classes.top}>
        <nav className={classes.crumbs} aria-label={t.common.experiments}>
          <Link to="/experiments" search={{}}>
            {t.common.experiments}
          </Link>
          <Icon name="right" size={10} />
          <h1 className={classes.title}>{title}</h1>
        </nav>
        <Tabs
          value={tab}
          onChange={(value) => change({ tab: value === "table" ? undefined : (value as RunsTab) })}
          variant="pills"
          className={classes.tabs ?? ""}
        >
          <TabStrip label={t.runs.tabsLabel} open={tab}>
            {TABS.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {narrow ? (t.runs.shortTabs[one] ?? t.runs.tabs[one]) : t.runs.tabs[one]}
              </Tabs.Tab>
            ))}
          </TabStrip>
        </Tabs>
      </div>
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
        <NoRuns experimentName={first?.name ?? ""} wrongFilter={filterError !== null} />
      ) : (
        <Suspense
          fallback={
            tab === "table" || tab === "charts" ? (
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
          {(tab === "parallel" || tab === "scatter" || tab === "importance") && (
            <AnalysisTab kind={tab} list={list} columns={columns} inventory={inventory.data} />
          )}
        </Suspense>
      )}
    </div>
  );
}
