/** One panel per metric, grouped by prefix; see the props for what it is told and what it tells back. */

import { Button, Code, VisuallyHidden } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import { EmptyState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { panelSize } from "../../lib/panels/layout";
import { sections } from "../../lib/panels/panel-order";
import { readPattern } from "../../lib/panels/pattern";
import { useActions, useChartCommands } from "./actions";
import { Full } from "./full";
import { Hover } from "./hover";
import classes from "./panels.module.css";
import type { Shown } from "./picture";
import { preparePlots } from "./plot-view";
import type { ChartGroup, ChartRun, PanelsProps } from "./props";
import { Sections } from "./sections";
import { useLiveSeries, usePresentKeys } from "./series";
import { useFollowing, useSame, useStable, useWidth } from "./stable";
import { Toolbar } from "./toolbar";
import { ChartTooltip } from "./tooltip";

export type { ChartGroup, ChartRun, PanelsProps } from "./props";

/** How long after it was asked for it is sure that there is nothing. */
const SURE_MS = 800;

export function Panels({
  runs: givenRuns,
  groups: givenGroups,
  keys: givenKeys,
  state,
  onChange,
  experimentIds,
}: PanelsProps) {
  const t = useText();
  const runs = useSame(givenRuns);
  const groups = useSame(givenGroups);
  const keys = useSame(givenKeys);
  const runIds = useSame(useMemo(() => idsOf(runs, groups), [runs, groups]));
  const change = useStable(onChange);
  const [hover] = useState(() => new Hover());
  const [smooth, setSmooth] = useFollowing(state.smooth ?? 0);
  const settledRange = useSame(state.range);
  const [range, setRange] = useFollowing(settledRange);
  const [empty, setEmpty] = useState<ReadonlySet<string>>(new Set());
  const [announced, setAnnounced] = useState("");
  const [width, measure] = useWidth();
  useEffect(() => void preparePlots().catch(() => {}), []);
  useLiveSeries(experimentIds, runIds);
  const present = usePresentKeys(experimentIds, runIds, keys);

  const x = state.x ?? "step";
  const shown = useMemo(
    (): Shown => ({
      runs,
      groups,
      runIds,
      x,
      smooth,
      logx: state.logx === true,
      logy: state.logy === true,
      range,
      settledRange,
      hover,
    }),
    [runs, groups, runIds, x, smooth, state.logx, state.logy, range, settledRange, hover],
  );

  const pattern = usePattern(state.panels ?? "");
  const order = useSame(state.order ?? NOTHING);
  const found = useMemo(() => {
    const there = present ? keys.filter((key) => present.has(key)) : keys;
    return sections(pattern ? there.filter((key) => pattern.test(key)) : there, order);
  }, [keys, present, pattern, order]);
  const filled = useMemo(
    () => found.flatMap((section) => section.keys.filter((key) => !empty.has(key))),
    [found, empty],
  );

  const actions = useActions({ keys, order, filled, change, setRange, setEmpty, setAnnounced, logy: shown.logy });
  useChartCommands(state, change);
  const size = panelSize(state.size);

  if (runs.length === 0) return <EmptyState title={t.charts.noRunsTitle}>{t.charts.noRunsText}</EmptyState>;
  const none = filled.length === 0;
  return (
    <div>
      <Toolbar state={state} onChange={change} smooth={smooth} onSmooth={setSmooth} />
      <VisuallyHidden role="status">{announced}</VisuallyHidden>
      <div ref={measure} className={classes.sections}>
        {none && <Nothing key={keys.length} pattern={state.panels} onClear={() => change({ panels: undefined })} />}
        {width > 0 && (
          <Sections
            sections={found}
            empty={empty}
            open={pattern !== null}
            size={size}
            width={width}
            shown={shown}
            actions={actions}
          />
        )}
      </div>
      {state.full !== undefined && (
        <Full
          metric={state.full}
          metrics={filled}
          shown={shown}
          actions={actions}
          state={state}
          onChange={change}
          onSmooth={setSmooth}
        />
      )}
      <ChartTooltip hover={hover} axis={x} />
    </div>
  );
}

const NOTHING: readonly string[] = [];

/** Why there is no panel, once it is sure that none is on its way. */
function Nothing({ pattern, onClear }: { pattern: string | undefined; onClear: () => void }) {
  const t = useText();
  const [sure, setSure] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSure(true), SURE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!sure) return <RowsSkeleton rows={3} />;
  if (pattern) {
    return (
      <EmptyState title={t.charts.noMatchTitle} action={<Button onClick={onClear}>{t.charts.clearFilter}</Button>}>
        {t.charts.noMatchText(pattern)}
      </EmptyState>
    );
  }
  return (
    <EmptyState title={t.charts.noMetricsTitle}>
      {t.charts.noMetricsText}
      <Code block>kiseki.log_metric("loss", loss, step=step)</Code>
    </EmptyState>
  );
}

function idsOf(runs: readonly ChartRun[], groups: readonly ChartGroup[] | undefined): readonly string[] {
  return groups ? [...new Set(groups.flatMap((group) => group.runIds))] : runs.map((run) => run.id);
}

/** The expression of a text; while the text is none, the one before. */
function usePattern(text: string): RegExp | null {
  const last = useRef<RegExp | null>(null);
  return useMemo(() => {
    if (text === "") {
      last.current = null;
    } else {
      const read = readPattern(text);
      if (read instanceof RegExp) last.current = read;
    }
    return last.current;
  }, [text]);
}
