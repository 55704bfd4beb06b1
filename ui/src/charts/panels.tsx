/** One panel per metric, grouped by prefix; see the props for what it is told and what it tells back. */

import { Button, Code, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Axis } from "../api/chart";
import { Icon } from "../components/icons";
import { EmptyState, RowsSkeleton } from "../components/states";
import { useText } from "../i18n";
import { bucketsFor, layout, panelSize } from "../lib/layout";
import { move, type Section, SYSTEM, sections, shift } from "../lib/panel-order";
import { readPattern } from "../lib/pattern";
import { useCommands } from "../state/commands";
import { toasts } from "../state/toasts";
import { Full } from "./full";
import { Hover } from "./hover";
import { useNear } from "./near";
import { Panel, type PanelActions, type PanelProps, type Shown } from "./panel";
import classes from "./panels.module.css";
import { preparePlots } from "./plot-view";
import { useLiveSeries, usePresentKeys } from "./series";
import { Toolbar } from "./toolbar";
import { ChartTooltip } from "./tooltip";

/** A run as charts show it. */
export interface ChartRun {
  id: string;
  name: string;
  colour: string;
}

/** Runs that are drawn as one line, their mean, with a band from the least to the greatest. */
export interface ChartGroup {
  name: string;
  colour: string;
  runIds: readonly string[];
}

/** How charts are shown; a part of the page's URL. */
export interface ChartState {
  x?: Axis;
  smooth?: number;
  logx?: boolean;
  logy?: boolean;
  /** Only panels whose metric matches this regular expression. */
  panels?: string;
  /** The panel that is shown full screen. */
  full?: string;
  /** The part of x that is shown. */
  range?: [number, number];
  order?: string[];
  size?: number;
}

export type ChartChange = { [K in keyof ChartState]?: ChartState[K] | undefined };

export interface PanelsProps {
  /** The runs to draw, in the order of the list. */
  runs: readonly ChartRun[];
  /** Draws groups instead of runs. */
  groups?: readonly ChartGroup[];
  /** All metrics that any of the runs may have. */
  keys: readonly string[];
  state: ChartState;
  onChange: (change: ChartChange, options?: { replace?: boolean }) => void;
  /** The experiments whose live updates concern these runs. */
  experimentIds: readonly string[];
}

/** While a chart is moved, what it shows is fetched when it rests so long. */
const SETTLE_MS = 200;
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

interface SectionsProps {
  sections: readonly Section[];
  empty: ReadonlySet<string>;
  /** Whether all are open, as long as nobody closes one. */
  open: boolean;
  size: 1 | 2 | 3 | 4;
  width: number;
  shown: Shown;
  actions: PanelActions;
}

function Sections({ sections: found, empty, open, size, width, shown, actions }: SectionsProps) {
  const t = useText();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { columns, width: panelWidth, height } = layout(size, width);
  const buckets = bucketsFor(panelWidth, window.devicePixelRatio, shown.runIds.length);
  const { near, element } = useNear(columns);
  return found.map((section) => {
    const filled = section.keys.filter((key) => !empty.has(key));
    const alone = found.length === 1;
    const expanded = toggled.get(section.prefix) ?? (open || alone || section.prefix !== SYSTEM);
    const name =
      section.prefix === "" ? t.charts.ungrouped : section.prefix === SYSTEM ? t.charts.system : section.prefix;
    return (
      <section key={section.prefix} aria-label={name} style={filled.length === 0 ? { display: "none" } : undefined}>
        {alone ? (
          <VisuallyHidden>
            <h2>{name}</h2>
          </VisuallyHidden>
        ) : (
          <h2 style={{ margin: 0 }}>
            <UnstyledButton
              className={classes.sectionHead ?? ""}
              aria-expanded={expanded}
              onClick={() => setToggled(new Map(toggled).set(section.prefix, !expanded))}
            >
              <Icon name="right" size={12} />
              {name}
              <span className={classes.count}>{t.charts.panelsCount(filled.length)}</span>
            </UnstyledButton>
          </h2>
        )}
        {expanded && (
          <div
            className={classes.grid}
            style={{
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              ...(alone && { paddingTop: "0.75rem" }),
            }}
          >
            {section.keys.map((metric) => (
              <PlacedPanel
                key={metric}
                metric={metric}
                shown={shown}
                actions={actions}
                buckets={buckets}
                height={height}
                near={near(metric)}
                element={element}
                up={filled[0] !== metric}
                down={filled.at(-1) !== metric}
              />
            ))}
          </div>
        )}
      </section>
    );
  });
}

function PlacedPanel({ up, down, ...props }: Omit<PanelProps, "movable"> & { up: boolean; down: boolean }) {
  const movable = useMemo(() => ({ up, down }), [up, down]);
  return <Panel {...props} movable={movable} />;
}

interface ActionParts {
  keys: readonly string[];
  order: readonly string[];
  /** The panels that are there, in their order. */
  filled: readonly string[];
  change: PanelsProps["onChange"];
  setRange: (range: [number, number] | undefined) => void;
  setEmpty: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;
  setAnnounced: (text: string) => void;
  logy: boolean;
}

/** What can be done with panels, as functions that stay the same. */
function useActions({
  keys,
  order,
  filled,
  change,
  setRange,
  setEmpty,
  setAnnounced,
  logy,
}: ActionParts): PanelActions {
  const t = useText();
  const router = useRouter();
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(settling.current), []);
  const zoom = useStable((range: [number, number] | undefined, moving = false) => {
    clearTimeout(settling.current);
    setRange(range);
    if (!moving) change({ range });
    else settling.current = setTimeout(() => change({ range }, { replace: true }), SETTLE_MS);
  });
  const reorder = useStable((key: string, after: string[]) => {
    const section = sections(keys, after).find((one) => one.keys.includes(key));
    const there = section?.keys.filter((one) => filled.includes(one)) ?? [];
    setAnnounced(t.charts.moved(key, there.indexOf(key) + 1, there.length));
    change({ order: after.length > 0 ? after : undefined }, { replace: true });
  });
  const copyLink = useStable((key: string) => {
    const { href } = router.buildLocation({ to: ".", search: (before: object) => ({ ...before, full: key }) } as never);
    void navigator.clipboard
      ?.writeText(new URL(href, window.location.href).href)
      .then(() => toasts.show({ text: t.charts.linkCopied }))
      .catch(() => toasts.show({ text: t.charts.copyFailed, kind: "error" }));
    if (!navigator.clipboard) toasts.show({ text: t.charts.copyFailed, kind: "error" });
  });
  const open = useStable((key: string | undefined) => change({ full: key }));
  const moveBy = useStable((key: string, by: number) => {
    // Over those that are not there, which nobody sees.
    const section = sections(keys, order).find((one) => one.keys.includes(key));
    const there = section?.keys.filter((one) => filled.includes(one)) ?? [];
    const target = there[there.indexOf(key) + by];
    reorder(key, target === undefined ? shift(keys, order, key, by) : move(keys, order, key, target));
  });
  const drop = useStable((key: string, target: string) => {
    if (key !== target) reorder(key, move(keys, order, key, target));
  });
  const toggleLogY = useStable(() => change({ logy: logy ? undefined : true }));
  const empty = useStable((key: string, isEmpty: boolean) =>
    setEmpty((before) => {
      if (before.has(key) === isEmpty) return before;
      const after = new Set(before);
      if (isEmpty) after.add(key);
      else after.delete(key);
      return after;
    }),
  );
  return useMemo(
    () => ({ zoom, open, move: moveBy, drop, toggleLogY, copyLink, empty }),
    [zoom, open, moveBy, drop, toggleLogY, copyLink, empty],
  );
}

function useChartCommands(state: ChartState, change: PanelsProps["onChange"]): void {
  const t = useText();
  useCommands([
    ...(["step", "relative", "time"] as const).map((axis) => ({
      id: `charts-x-${axis}`,
      label: `${t.charts.xAxis}: ${t.charts.axis[axis]}`,
      run: () => change({ x: axis === "step" ? undefined : axis, range: undefined }),
    })),
    { id: "charts-logy", label: t.charts.logY, run: () => change({ logy: state.logy ? undefined : true }) },
    { id: "charts-logx", label: t.charts.logX, run: () => change({ logx: state.logx ? undefined : true }) },
    { id: "charts-reset", label: t.charts.resetZoom, run: () => change({ range: undefined }) },
  ]);
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

/** The value that was given before, as long as what is in it is the same. */
function useSame<T>(value: T): T {
  const kept = useRef({ value, text: "" });
  if (kept.current.value === value && kept.current.text !== "") return value;
  const text = JSON.stringify(value) ?? "undefined";
  if (text !== kept.current.text) kept.current = { value, text };
  return kept.current.value;
}

/** A function that stays the same and does what the latest one does. */
function useStable<A extends unknown[], R>(given: (...args: A) => R): (...args: A) => R {
  const latest = useRef(given);
  useLayoutEffect(() => {
    latest.current = given;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}

/** A state that goes ahead of what is given, and follows it when that changes. */
function useFollowing<T>(given: T): [T, (value: T) => void] {
  const [state, setState] = useState({ given, value: given });
  const set = useCallback((value: T) => setState((before) => ({ ...before, value })), []);
  if (state.given !== given) {
    setState({ given, value: given });
    return [given, set];
  }
  return [state.value, set];
}

/** The width of an element, 0 until it is there. */
function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver>(undefined);
  const measure = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    const update = () => {
      const style = getComputedStyle(element);
      const room = element.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      setWidth(Math.floor(room) || 0);
    };
    update();
    observer.current = new ResizeObserver(update);
    observer.current.observe(element);
  }, []);
  return [width, measure];
}
