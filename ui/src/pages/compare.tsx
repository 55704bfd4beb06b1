/** Two runs or more side by side: what they recorded, their charts, their files. */

import { Tabs, Text, Title, UnstyledButton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { lazy, Suspense, useMemo } from "react";
import { Crumbs } from "../components/details/crumbs";
import { Icon } from "../components/icons";
import { EmptyState, Pending, ToExperiments } from "../components/states";
import { TabStrip } from "../components/tab-strip";
import { useText } from "../i18n";
import { useCommands } from "../state/commands";
import { COMPARE_TABS, type CompareTab, toggled, useCompareSearch } from "../state/compare";
import { pageKeys } from "../state/page-keys";
import { AddRun, FindRun } from "./compare/add-run";
import classes from "./compare/compare.module.css";
import { areSettled, type ComparedRun, useComparedRuns, useExperiments } from "./compare/data";
import { Overview, type OverviewProps } from "./compare/overview";

const Panels = lazy(() => import("../charts/panels/panels").then((module) => ({ default: module.Panels })));
const ComparedArtifacts = lazy(() =>
  import("./compare/artifacts").then((module) => ({ default: module.ComparedArtifacts })),
);

const Changes = lazy(() => import("./compare/changes").then((module) => ({ default: module.Changes })));

export function ComparePage() {
  const t = useText();
  const [search, change] = useCompareSearch();
  useDocumentTitle(`${t.compare.title(search.runs.length)} · kiseki`);
  const add = (id: string) => change({ runs: [...search.runs, id] });
  if (search.runs.length === 0) return <NoRuns onAdd={add} />;
  return <Comparison search={search} onChange={change} onAdd={add} />;
}

function Comparison({ search, onChange, onAdd }: Omit<OverviewProps, "runs"> & { onAdd: (id: string) => void }) {
  const t = useText();
  const joined = search.runs.join("\0");
  // The same runs are the same list, whatever else of the address changes.
  const ids = useMemo(() => joined.split("\0"), [joined]);
  const runs = useComparedRuns(ids);
  const experiments = useExperiments(runs);
  const experimentIds = useMemo(() => experiments.map(({ id }) => id), [experiments]);
  const tab = search.tab ?? "overview";
  const show = (next: CompareTab) => onChange({ tab: next === "overview" ? undefined : next });
  useCommands(pageKeys.compare(t).tabs.map((key) => ({ ...key, run: () => show(key.tab) })));
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Crumbs experiments={experiments} />
        <div className={classes.titleRow}>
          <Title order={1}>{t.compare.title(search.runs.length)}</Title>
          <AddRun experimentIds={experimentIds} taken={search.runs} onAdd={onAdd} />
          {search.runs.length === 1 && (
            <Text size="sm" c="dimmed">
              {t.compare.oneText}
            </Text>
          )}
        </div>
      </header>
      <Tabs
        value={tab}
        onChange={(value) => {
          const next = COMPARE_TABS.find((one) => one === value);
          if (next) show(next);
        }}
        keepMounted={false}
        className={classes.tabs}
        classNames={{ panel: classes.panel ?? "" }}
      >
        <TabStrip label={t.compare.tabs} open={tab}>
          {COMPARE_TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t.compare[one]}
            </Tabs.Tab>
          ))}
        </TabStrip>
        <Tabs.Panel value="overview">
          <Overview runs={runs} search={search} onChange={onChange} />
        </Tabs.Panel>
        <Tabs.Panel value="charts">
          <Suspense fallback={<Pending />}>
            <Charts runs={runs} search={search} onChange={onChange} experimentIds={experimentIds} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <Suspense fallback={<Pending />}>
            <ComparedArtifacts runs={runs} search={search} onChange={onChange} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="changes">
          <Suspense fallback={<Pending />}>
            <Changes runs={runs} search={search} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Charts({ runs, search, onChange, experimentIds }: OverviewProps & { experimentIds: readonly string[] }) {
  const t = useText();
  const known = runs.filter((run) => run.details);
  const shown = known.filter((run) => !search.off?.includes(run.id));
  const shape = shown.map((run) => `${run.id}\0${run.name}\0${run.colour}`).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: new numbers in the runs are no new lines
  const drawn = useMemo(() => shown.map(drawnRun), [shape]);
  const joined = [...new Set(runs.flatMap((run) => run.details?.metrics.map((metric) => metric.key) ?? []))]
    .sort()
    .join("\0");
  const keys = useMemo(() => joined.split("\0").filter(Boolean), [joined]);
  // Until all are there, it is not sure which colour each has.
  if (known.length === 0 || !areSettled(runs)) return <Pending />;
  if (keys.length === 0)
    return (
      <EmptyState title={t.compare.charts}>
        <Text size="sm">{t.compare.noCharts}</Text>
      </EmptyState>
    );
  return (
    <>
      <RunChips runs={known} off={search.off} onToggle={(id) => onChange({ off: toggled(search.off, id) })} />
      <div className={classes.charts}>
        <Panels runs={drawn} keys={keys} state={search} onChange={onChange} experimentIds={experimentIds} />
      </div>
    </>
  );
}

interface RunChipsProps {
  runs: readonly ComparedRun[];
  off: readonly string[] | undefined;
  onToggle: (id: string) => void;
}

/** Which colour is which run; each can be left out of the charts. */
function RunChips({ runs, off, onToggle }: RunChipsProps) {
  const t = useText();
  return (
    <ul className={classes.chips} aria-label={t.compare.legend}>
      {runs.map((run) => {
        const shown = !off?.includes(run.id);
        return (
          <li key={run.id}>
            <UnstyledButton
              className={classes.chip ?? ""}
              aria-label={t.runs.show(run.name)}
              aria-pressed={shown}
              title={run.name}
              onClick={() => onToggle(run.id)}
            >
              <span className="dot" style={{ background: run.colour }} />
              <span className="truncate">{run.name}</span>
              <Icon name={shown ? "eye" : "eyeOff"} size={13} />
            </UnstyledButton>
          </li>
        );
      })}
    </ul>
  );
}

const drawnRun = ({ id, name, colour }: ComparedRun) => ({ id, name, colour });

function NoRuns({ onAdd }: { onAdd: (id: string) => void }) {
  const t = useText();
  return (
    <EmptyState title={t.compare.emptyTitle} order={1} action={<ToExperiments />}>
      <Text size="sm">{t.compare.emptyText}</Text>
      <div className={classes.finder}>
        <FindRun experimentIds={NONE} taken={NONE} onAdd={onAdd} />
      </div>
    </EmptyState>
  );
}

const NONE: readonly string[] = [];
