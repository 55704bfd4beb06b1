/** One run: what it was given, what it gave, how it went. */

import { Tabs, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { runOwner } from "../api/artifacts";
import { ApiError } from "../api/client";
import type { RunDetails, SeriesInfo } from "../api/types";
import classes from "../components/details/details.module.css";
import { Snippet } from "../components/snippet";
import { EmptyState, ErrorState, Pending, RowsSkeleton } from "../components/states";
import { TabStrip } from "../components/tab-strip";
import { useText } from "../i18n";
import { runColour } from "../lib/colours";
import { tagValue } from "../lib/tags";
import { useCommands } from "../state/commands";
import { pageKeys } from "../state/page-keys";
import { RUN_TABS, type RunSearch, type RunTab, useRunSearch } from "../state/run";
import type { Changer } from "../state/search";
import { useRun, useRunActions } from "./run/data";
import { RunHeader, UnknownRun } from "./run/header";
import { NoArtifacts } from "./run/no-artifacts";
import { Overview } from "./run/overview";

const Panels = lazy(() => import("../charts/panels/panels").then((module) => ({ default: module.Panels })));
const Artifacts = lazy(() => import("../components/artifacts").then((module) => ({ default: module.Artifacts })));

const Reproducibility = lazy(() =>
  import("./run/reproducibility").then((module) => ({ default: module.Reproducibility })),
);
const FamilyTab = lazy(() => import("./run/family").then((module) => ({ default: module.FamilyTab })));

const route = getRouteApi("/runs/$runId");
const SYSTEM = "system/";
const isTab = (tab: unknown): tab is RunTab => RUN_TABS.some((one) => one === tab);

export function RunPage() {
  const { runId } = route.useParams();
  const { data, error, refetch } = useRun(runId);
  useDocumentTitle(`${data?.run.run_name ?? runId.slice(0, 8)} · kiseki`);
  if (data) return <Run key={runId} details={data} />;
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return <UnknownRun runId={runId} />;
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  return <RowsSkeleton rows={12} />;
}

/** Metrics of the machine, and the others. */
function split(metrics: readonly SeriesInfo[]): [SeriesInfo[], SeriesInfo[]] {
  return [
    metrics.filter((metric) => !metric.key.startsWith(SYSTEM)),
    metrics.filter((metric) => metric.key.startsWith(SYSTEM)),
  ];
}

function Run({ details }: { details: RunDetails }) {
  const t = useText();
  const [search, change] = useRunSearch();
  const actions = useRunActions(details);
  const [metrics, system] = useMemo(() => split(details.metrics), [details.metrics]);
  const tab = search.tab ?? "overview";
  // What one tab shows of its charts is nothing to the other.
  const show = (next: RunTab, full?: string) =>
    change({ tab: next === "overview" ? undefined : next, full, panels: undefined, range: undefined });

  useCommands([
    ...pageKeys.run(t).tabs.map((key) => ({ ...key, run: () => show(key.tab) })),
    details.run.lifecycle_stage === "deleted"
      ? { id: "run-restore", label: t.run.restoreRun, run: () => void actions.restore() }
      : { id: "run-delete", label: t.run.remove, run: () => void actions.remove() },
  ]);

  return (
    <div className={classes.page}>
      <RunHeader details={details} actions={actions} />
      <Tabs
        value={tab}
        onChange={(next) => isTab(next) && show(next)}
        keepMounted={false}
        className={classes.tabs}
        classNames={{ panel: classes.panel ?? "" }}
      >
        <div className={classes.tabList}>
          <TabStrip label={t.run.tabs} open={tab}>
            <Tabs.Tab value="overview">{t.run.overview}</Tabs.Tab>
            <Tabs.Tab value="charts">
              {t.run.charts}
              <Count n={metrics.length} />
            </Tabs.Tab>
            <Tabs.Tab value="system">
              {t.run.systemTab}
              <Count n={system.length} />
            </Tabs.Tab>
            <Tabs.Tab value="artifacts">{t.run.artifacts}</Tabs.Tab>
            <Tabs.Tab value="reproducibility">{t.run.reproducibility}</Tabs.Tab>
            <Tabs.Tab value="family">{t.run.family}</Tabs.Tab>
          </TabStrip>
        </div>
        <Tabs.Panel value="overview">
          <Overview details={details} metrics={metrics} actions={actions} onMetric={(key) => show("charts", key)} />
        </Tabs.Panel>
        <Tabs.Panel value="charts">
          {metrics.length === 0 ? (
            <EmptyState title={t.run.noChartsTitle}>
              <Text>{t.run.noChartsText}</Text>
            </EmptyState>
          ) : (
            <Charts title={t.run.charts} details={details} metrics={metrics} search={search} onChange={change} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="system">
          {system.length === 0 ? (
            <EmptyState title={t.run.noSystemTitle}>
              <Text>{t.run.noSystemText}</Text>
              <Snippet code="mlflow.enable_system_metrics_logging()" />
            </EmptyState>
          ) : (
            <Charts title={t.run.system} details={details} metrics={system} search={search} onChange={change} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <Suspense fallback={<Pending />}>
            <Artifacts
              owner={runOwner(details.run.run_id)}
              live={details.run.status === "RUNNING"}
              path={search.path ?? ""}
              onPath={(path) => change({ path: path || undefined })}
              empty={<NoArtifacts runId={details.run.run_id} />}
            />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="reproducibility">
          <Suspense fallback={<Pending />}>
            <Reproducibility details={details} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="family">
          <Suspense fallback={<Pending />}>
            <FamilyTab details={details} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

interface ChartsProps {
  title: string;
  details: RunDetails;
  metrics: readonly SeriesInfo[];
  search: RunSearch;
  onChange: Changer<RunSearch>;
}

function Charts({ title, details, metrics, search, onChange }: ChartsProps) {
  const { run_id: id, run_name: name, experiment_id: experimentId } = details.run;
  const colour = runColour(details.number, tagValue(details.tags, "mlflow.runColor"));
  const runs = useMemo(() => [{ id, name, colour }], [id, name, colour]);
  const joined = metrics.map((metric) => metric.key).join("\0");
  // The same keys are the same list, however often the numbers beside them change.
  const keys = useMemo(() => joined.split("\0"), [joined]);
  const experimentIds = useMemo(() => [experimentId], [experimentId]);
  return (
    <Suspense fallback={<Pending />}>
      <h2 className="unseen">{title}</h2>
      <Panels runs={runs} keys={keys} state={search} onChange={onChange} experimentIds={experimentIds} />
    </Suspense>
  );
}

function Count({ n }: { n: number }) {
  return n === 0 ? null : <span className={classes.count}>{n.toLocaleString("en")}</span>;
}
