/** One metric's panel: its head, its chart, what there is to say about it. */

import { ActionIcon, Button, Menu, Skeleton, VisuallyHidden } from "@mantine/core";
import {
  type DragEvent,
  memo,
  type RefObject,
  startTransition,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Axis, ChartSeries, Range } from "../api/chart";
import { Icon } from "../components/icons";
import { useLanguage, useText } from "../i18n";
import { toSvg } from "../lib/chart-svg";
import { type Curve, makeCurve, type Shape, seriesShape } from "../lib/curves";
import { download, fileName, toCsv } from "../lib/export";
import { groupShape } from "../lib/groups";
import { prefixOf } from "../lib/panel-order";
import { xTicks, yTicks } from "../lib/ticks";
import { viewOf } from "../lib/view";
import { zoom } from "../lib/zoom";
import type { Hover } from "./hover";
import type { ChartGroup, ChartRun } from "./panels";
import classes from "./panels.module.css";
import type { Picture, Plot } from "./plot";
import { PlotView } from "./plot-view";
import { usePanelSeries } from "./series";
import { HiddenValues } from "./values";

const MOST_NAMES = 60;
/** A request that takes no longer than this is not spoken of. */
const PATIENCE_MS = 200;

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

/** What can be done with a panel. */
export interface PanelActions {
  zoom: (range: [number, number] | undefined, moving?: boolean) => void;
  open: (key: string | undefined) => void;
  move: (key: string, by: number) => void;
  drop: (key: string, target: string) => void;
  toggleLogY: () => void;
  copyLink: (key: string) => void;
  empty: (key: string, empty: boolean) => void;
}

export interface PanelProps {
  metric: string;
  shown: Shown;
  actions: PanelActions;
  buckets: number;
  height: number;
  /** Whether it is in or near what is seen. */
  near: boolean;
  movable: { up: boolean; down: boolean };
  element: (metric: string, element: HTMLElement | null) => void;
}

/** The curves of a metric and what they are drawn on; null until something is there. */
export function usePicture(metric: string, shown: Shown, buckets: number, enabled: boolean) {
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
    return { curves, view, whole, axis, language };
  }, [curves, range, axis, x, log, logy, language]);
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

export const Panel = memo(function Panel(props: PanelProps) {
  const { metric, shown, actions, buckets, height, near, element } = props;
  const { picture, empty, fetching, error, retry } = usePicture(metric, shown, buckets, near);
  const plot = useRef<Plot | null>(null);
  const [target, setTarget] = useState(false);
  const t = useText();
  const figure = useRef<HTMLElement>(null);
  const tellEmpty = useEffectEvent(() => actions.empty(metric, empty));
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when it changes
  useLayoutEffect(() => tellEmpty(), [empty]);
  useLayoutEffect(() => {
    element(metric, figure.current);
    return () => element(metric, null);
  }, [metric, element]);
  const onDrop = (event: DragEvent) => {
    setTarget(false);
    const key = event.dataTransfer.getData(DRAG_TYPE);
    if (key === "") return;
    event.preventDefault();
    actions.drop(key, metric);
  };
  return (
    <figure
      ref={figure}
      className={classes.panel}
      aria-label={t.charts.chartOf(metric)}
      data-panel={metric}
      data-gone={empty || undefined}
      data-target={target || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        setTarget(true);
      }}
      onDragLeave={() => setTarget(false)}
      onDrop={onDrop}
    >
      <PanelHead {...props} picture={picture} plot={plot} />
      <Busy fetching={fetching && picture !== null} />
      {near ? (
        <Chart metric={metric} shown={shown} picture={picture} height={height} plot={plot} onZoom={actions.zoom} />
      ) : (
        <div style={{ height }} />
      )}
      {near && !picture && !empty && <Waiting error={error} retry={retry} />}
      {picture && <Notes picture={picture} groups={shown.groups !== undefined} error={error} retry={retry} />}
    </figure>
  );
});

const DRAG_TYPE = "application/x-kiseki-panel";

interface ChartProps {
  metric: string;
  shown: Shown;
  picture: Picture | null;
  plot: RefObject<Plot | null>;
  onZoom: PanelActions["zoom"];
  height?: number;
  shifted?: boolean;
}

/** The canvas, and what it shows as text. */
export function Chart({ metric, shown, picture, plot, onZoom, height, shifted = false }: ChartProps) {
  const t = useText();
  const label = `${t.charts.chartOf(metric)}. ${t.charts.axisLabel[picture?.axis ?? shown.x]}. ${t.charts.summary(
    picture?.curves.length ?? 0,
    shown.groups !== undefined,
  )}. ${t.charts.chartKeys}`;
  return (
    <>
      <PlotView
        panel={metric}
        label={label}
        picture={picture}
        hover={shown.hover}
        onZoom={onZoom}
        shifted={shifted}
        {...(height !== undefined && { height })}
        onPlot={(made) => {
          plot.current = made;
        }}
      />
      {picture && <LateValues metric={metric} picture={picture} />}
    </>
  );
}

/** The text alternative, made after what is seen. */
function LateValues({ metric, picture }: { metric: string; picture: Picture }) {
  const [late, setLate] = useState<Picture | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => setLate(picture)), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [picture]);
  const table = useMemo(
    () => late && <HiddenValues metric={metric} curves={late.curves} axis={late.axis} />,
    [metric, late],
  );
  return <VisuallyHidden>{table}</VisuallyHidden>;
}

/** A metric's name, the prefix that its section has already said less strongly. */
export function MetricName({ metric }: { metric: string }) {
  const prefix = prefixOf(metric);
  if (!prefix) return metric;
  return (
    <>
      <span className={classes.prefix}>{prefix}/</span>
      {metric.slice(prefix.length + 1)}
    </>
  );
}

interface HeadProps extends PanelProps {
  picture: Picture | null;
  plot: RefObject<Plot | null>;
}

function PanelHead({ metric, shown, actions, movable, picture, plot }: HeadProps) {
  const t = useText();
  return (
    <div className={classes.head}>
      <h3
        className={`${classes.title} truncate`}
        title={`${metric}\n${t.charts.dragToMove}`}
        draggable
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, metric);
          event.dataTransfer.effectAllowed = "move";
        }}
      >
        <MetricName metric={metric} />
      </h3>
      <ActionIcon
        size="sm"
        aria-label={`${t.charts.fullScreen}: ${metric}`}
        title={t.charts.fullScreen}
        onClick={() => actions.open(metric)}
      >
        <Icon name="expand" size={14} />
      </ActionIcon>
      <PanelMenu metric={metric} shown={shown} actions={actions} movable={movable} picture={picture} plot={plot} />
    </div>
  );
}

interface MenuProps {
  metric: string;
  shown: Shown;
  actions: PanelActions;
  picture: Picture | null;
  plot: RefObject<Plot | null>;
  /** Whether there is a panel before and behind it; absent where it cannot be moved. */
  movable?: { up: boolean; down: boolean };
}

export function PanelMenu({ metric, shown, actions, picture, plot, movable }: MenuProps) {
  const t = useText();
  const language = useLanguage();
  const save = async (kind: "csv" | "png" | "svg") => {
    if (!picture) return;
    const { curves, axis } = picture;
    const name = fileName(metric, kind);
    if (kind === "csv") {
      // With a mark of its encoding, without which spreadsheets take it for another.
      download(
        name,
        new Blob(["\ufeff", toCsv(metric, axis, curves, shown.range)], { type: "text/csv;charset=utf-8" }),
      );
    } else if (kind === "svg") {
      download(name, new Blob([svgOf(metric, picture, t, language)], { type: "image/svg+xml" }));
    } else {
      const more = curves.length > MOST_NAMES ? t.charts.moreRows(curves.length - MOST_NAMES) : "";
      const image = await plot.current?.toImage(metric, curves.slice(0, MOST_NAMES), more);
      if (image) download(name, image);
    }
  };
  const zoomBy = ({ view, whole }: Picture, factor: number) => actions.zoom(zoom(view.x, whole.x, factor), true);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t.charts.menu(metric)}>
          <Icon name="more" size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {movable && (
          <>
            <Menu.Item leftSection={<Icon name="expand" />} onClick={() => actions.open(metric)}>
              {t.charts.fullScreen}
            </Menu.Item>
            <Menu.Item leftSection={<Icon name="up" />} disabled={!movable.up} onClick={() => actions.move(metric, -1)}>
              {t.charts.moveUp}
            </Menu.Item>
            <Menu.Item
              leftSection={<Icon name="down" />}
              disabled={!movable.down}
              onClick={() => actions.move(metric, 1)}
            >
              {t.charts.moveDown}
            </Menu.Item>
            <Menu.Divider />
          </>
        )}
        <Menu.Item
          leftSection={<Icon name="plus" />}
          disabled={!picture}
          closeMenuOnClick={false}
          onClick={() => picture && zoomBy(picture, 0.5)}
        >
          {t.charts.zoomIn}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name="minus" />}
          disabled={!shown.range}
          closeMenuOnClick={false}
          onClick={() => picture && zoomBy(picture, 2)}
        >
          {t.charts.zoomOut}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="close" />} disabled={!shown.range} onClick={() => actions.zoom(undefined)}>
          {t.charts.resetZoom}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name={shown.logy ? "check" : "chart"} />}
          role="menuitemcheckbox"
          aria-checked={shown.logy}
          onClick={actions.toggleLogY}
        >
          {t.charts.logY}
        </Menu.Item>
        <Menu.Divider />
        {(
          [
            ["csv", t.charts.downloadCsv],
            ["png", t.charts.downloadPng],
            ["svg", t.charts.downloadSvg],
          ] as const
        ).map(([kind, label]) => (
          <Menu.Item
            key={kind}
            leftSection={<Icon name="download" />}
            disabled={!picture}
            onClick={() => void save(kind)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Item leftSection={<Icon name="link" />} onClick={() => actions.copyLink(metric)}>
          {t.charts.copyLink}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function svgOf(metric: string, picture: Picture, t: ReturnType<typeof useText>, language: string): string {
  const { curves, view, axis } = picture;
  return toSvg({
    title: metric,
    xLabel: t.charts.axisLabel[axis],
    curves,
    view,
    xTicks: xTicks(axis, view.x, 8, language),
    yTicks: yTicks(view.y, 7),
    more: t.charts.moreRows,
  });
}

/** A thin line that moves while something newer is on its way, when that takes long. */
export function Busy({ fetching }: { fetching: boolean }) {
  const t = useText();
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(fetching), fetching ? PATIENCE_MS : 0);
    return () => clearTimeout(timer);
  }, [fetching]);
  return long && fetching ? (
    <div className={classes.busy} role="progressbar" aria-label={t.charts.loadingFiner} />
  ) : null;
}

/** What is in the place of a chart that has nothing yet. */
export function Waiting({ error, retry }: { error: Error | null; retry: () => void }) {
  const t = useText();
  if (!error) return <Skeleton className={classes.skeleton} style={{ height: "auto", top: 44 }} aria-hidden="true" />;
  return (
    <div className={classes.over} role="alert">
      {t.charts.failed}
      <Button variant="light" onClick={retry}>
        {t.common.retry}
      </Button>
    </div>
  );
}

/** What a chart does not show, and why. */
export function Notes({
  picture,
  groups,
  error,
  retry,
}: {
  picture: Picture;
  groups: boolean;
  error: Error | null;
  retry: () => void;
}) {
  const t = useText();
  const { view, curves } = picture;
  const odd = useMemo(
    () => curves.reduce((sum, curve) => sum + curve.nonfinite.reduce((a, b) => a + b, 0), 0),
    [curves],
  );
  const notes = [
    view.impossibleX && t.charts.impossibleX,
    view.impossibleY && t.charts.impossibleY,
    view.hiddenX > 0 && t.charts.hiddenX(view.hiddenX, groups),
    view.hiddenY > 0 && t.charts.hiddenY(view.hiddenY, groups),
    odd > 0 && t.charts.oddPoints(odd),
  ].filter((note) => note !== false);
  if (notes.length === 0 && !error) return null;
  return (
    <div className={classes.notes}>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {error && (
        <p>
          {t.charts.outdated}{" "}
          <Button variant="subtle" size="compact-xs" onClick={retry}>
            {t.common.retry}
          </Button>
        </p>
      )}
    </div>
  );
}
