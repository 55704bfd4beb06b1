/** The picture of parallel coordinates: axes, lines, brushes, and the run under the pointer. */

import { VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { useLanguage, useText } from "../../i18n";
import type { Brush, Brushes } from "../../lib/analysis/brushes";
import { type Ground, scaleSteps } from "../../lib/analysis/colour-scale";
import { ticksOfColumn, unitsOf } from "../../lib/analysis/column-scale";
import { linePath, nearestLine } from "../../lib/analysis/polylines";
import { fitText, textWidth } from "../../lib/analysis/text-width";
import { groupColour } from "../../lib/colours";
import { cellOf, type ListedRun } from "../../state/run-list";
import classes from "./analysis.module.css";
import { FONT } from "./axes";
import { ScaleStrip } from "./legend";
import { type BrushDrag, brushOf, grabBrush, hasMissing, type ParallelAxis, rectsOf, type Span } from "./parallel-axis";
import { ParallelLines } from "./parallel-lines";
import { RunTip } from "./run-tip";
import { cellText } from "./use-analysis";

interface ParallelPlotProps {
  runs: readonly ListedRun[];
  axes: readonly ParallelAxis[];
  width: number;
  height: number;
  brushes: Brushes;
  selected: Uint8Array | null;
  ground: Ground;
  onBrush: (id: string, brush: Brush | null, final: boolean) => void;
  onOpen: (runId: string) => void;
}

const TOP = 10;
const BOTTOM = 10;
/** The room below an axis for runs that have no value on it. */
const STUB = 34;
const REACH = 12;
const GRIP = 13;
const COLOURS = 48;

export function ParallelPlot(props: ParallelPlotProps) {
  const { runs, axes, width, height, brushes, selected, ground, onBrush, onOpen } = props;
  const t = useText().analysis;
  const language = useLanguage();
  const [active, setActive] = useState(-1);
  const [pointer, setPointer] = useState<{ x: number; y: number } | null>(null);
  const [cursor, setCursor] = useState("default");
  const drag = useRef<BrushDrag | null>(null);
  const press = useRef<{ x: number; y: number; touch: boolean } | null>(null);
  const missing = axes.map(hasMissing);
  const anyMissing = missing.some(Boolean);
  const span = useMemo<Span>(
    () => ({ top: TOP, bottom: height - BOTTOM - (anyMissing ? STUB : 0), none: height - BOTTOM - 6 }),
    [height, anyMissing],
  );
  const xs = useMemo(() => axes.map((axis) => axis.x), [axes]);
  const ys = useMemo(() => {
    const found = new Float32Array(runs.length * axes.length);
    axes.forEach((axis, k) => {
      const units = unitsOf(axis.values, axis.scale);
      for (let i = 0; i < runs.length; i++) {
        const unit = units[i] ?? Number.NaN;
        found[i * axes.length + k] = Number.isNaN(unit) ? span.none : span.bottom - unit * (span.bottom - span.top);
      }
    });
    return found;
  }, [runs.length, axes, span]);
  const colours = useMemo(() => lineColours(axes.at(-1), runs.length, ground), [axes, runs.length, ground]);
  const order = useMemo(() => {
    const last = axes.length - 1;
    const shown = runs.map((_, i) => i).filter((i) => !selected || selected[i]);
    const yOf = (i: number) => ys[i * axes.length + last] ?? 0;
    return shown.sort((a, b) => yOf(a) - yOf(b));
  }, [runs, axes.length, ys, selected]);
  const run = active >= 0 && (!selected || selected[active]) ? runs[active] : undefined;

  const placeOf = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const axisAt = (x: number) => axes.find((axis) => Math.abs(axis.x - x) <= GRIP);
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const at = placeOf(event);
    press.current = { ...at, touch: event.pointerType === "touch" };
    const axis = axisAt(at.x);
    if (!axis) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = grabBrush(axis, brushes[axis.id], at.y, span);
  };
  const moveTo = (event: PointerEvent) => {
    const at = placeOf(event);
    const now = drag.current;
    if (now) {
      if (!now.moved && Math.abs(at.y - now.from) < 4) return;
      now.moved = true;
      setActive(-1);
      onBrush(now.axis.id, brushOf(now, at.y, span), false);
      return;
    }
    const axis = axisAt(at.x);
    setActive(nearestLine(xs, ys, at.x, at.y, REACH, selected));
    setPointer(at);
    setCursor(axis ? grabBrush(axis, brushes[axis.id], at.y, span).cursor : "default");
  };
  const up = (event: PointerEvent) => {
    const at = placeOf(event);
    const now = drag.current;
    const pressed = press.current;
    drag.current = null;
    press.current = null;
    if (now?.moved) {
      onBrush(now.axis.id, brushOf(now, at.y, span), true);
      return;
    }
    if (!pressed || Math.hypot(at.x - pressed.x, at.y - pressed.y) > 6) return;
    if (now && toggleNone(now, at.y)) return;
    if (now && brushes[now.axis.id]) {
      onBrush(now.axis.id, null, true);
      return;
    }
    const hit = nearestLine(xs, ys, at.x, at.y, REACH, selected);
    const found = runs[hit];
    // A finger has not seen the run yet that it would open.
    if (found && (!pressed.touch || hit === active)) onOpen(found.id);
    else {
      setActive(hit);
      setPointer(at);
    }
  };
  const toggleNone = (now: BrushDrag, y: number) => {
    if (!missing[axes.indexOf(now.axis)] || y < span.bottom + 10) return false;
    const { none, ...rest } = brushes[now.axis.id] ?? {};
    const next = none ? rest : { ...rest, none: true };
    onBrush(now.axis.id, Object.keys(next).length ? next : null, true);
    return true;
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      if (run) onOpen(run.id);
      return;
    }
    const at = order.indexOf(active);
    const to = {
      ArrowDown: at + 1,
      ArrowRight: at + 1,
      ArrowUp: Math.max(0, at - 1),
      ArrowLeft: Math.max(0, at - 1),
      Home: 0,
      End: order.length - 1,
    }[event.key];
    if (event.key !== "Escape" && to === undefined) return;
    event.preventDefault();
    setPointer(null);
    setActive(to === undefined ? -1 : (order[Math.min(to, order.length - 1)] ?? -1));
  };

  const rows = run
    ? axes.map((axis) => [axis.name, cellText(axis.id, cellOf(run, axis.id), language) || t.noValue] as const)
    : [];
  const last = axes.at(-1);
  const tipAt = pointer ?? { x: last?.x ?? 0, y: ys[active * axes.length + axes.length - 1] ?? 0 };
  return (
    <div
      className={classes.plot}
      style={{ width, height, cursor: cursor === "default" && run ? "pointer" : cursor, touchAction: "pan-x pan-y" }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys go from run to run
      tabIndex={0}
      role="application"
      aria-label={`${t.parallel}. ${t.plotKeys}`}
      onPointerDown={down}
      onPointerMove={moveTo}
      onPointerUp={up}
      onPointerCancel={() => {
        drag.current = null;
      }}
      // A finger that is lifted leaves, and what it pointed at stays.
      onPointerLeave={(event) => event.pointerType !== "touch" && !drag.current && setActive(-1)}
      onKeyDown={keys}
    >
      <ParallelLines
        xs={xs}
        ys={ys}
        colours={colours}
        selected={selected}
        width={width}
        height={height}
        ground={ground}
      >
        {run && (
          <g data-screen="">
            <path className={classes.halo} d={linePath(xs, ys, active)} />
            <path className={classes.highlight} d={linePath(xs, ys, active)} />
            {axes.map((axis, k) => (
              <circle
                key={axis.id}
                cx={axis.x}
                cy={ys[active * axes.length + k]}
                r={4}
                style={{ fill: colours[active] }}
                className={classes.highlight}
              />
            ))}
          </g>
        )}
        {axes.map((axis, k) => (
          <AxisLine
            key={axis.id}
            axis={axis}
            span={span}
            missing={missing[k] === true}
            brush={brushes[axis.id]}
            last={axis === last}
          />
        ))}
        {last && last.values.kind === "number" && last.values.count > 0 && (
          <g transform={`translate(${last.x + 3},${span.top})`}>
            <ScaleStrip ground={ground} width={8} height={span.bottom - span.top} />
          </g>
        )}
      </ParallelLines>
      {axes.map((axis) => (
        <Grip key={axis.id} x={axis.x} />
      ))}
      {run && <RunTip {...tipAt} width={width} height={height} title={run.name} colour={run.colour} rows={rows} />}
      <VisuallyHidden aria-live="polite">
        {run && !pointer && `${run.name}: ${rows.map(([name, value]) => `${name} ${value}`).join(", ")}`}
      </VisuallyHidden>
    </div>
  );
}

/** Where a finger on an axis selects instead of scrolling the page. */
function Grip({ x }: { x: number }) {
  return (
    <div style={{ position: "absolute", left: x - GRIP, width: 2 * GRIP, top: 0, bottom: 0, touchAction: "none" }} />
  );
}

interface AxisLineProps {
  axis: ParallelAxis;
  span: Span;
  missing: boolean;
  brush: Brush | undefined;
  last: boolean;
}

function AxisLine({ axis, span, missing, brush, last }: AxisLineProps) {
  const t = useText().analysis;
  const language = useLanguage();
  const length = span.bottom - span.top;
  const ticks = ticksOfColumn(
    axis.values,
    axis.scale,
    axis.scale.kind === "category" ? Math.floor(length / 16) : Math.round(length / 60),
    language,
  );
  return (
    <g transform={`translate(${axis.x},0)`}>
      <text className={`${classes.axisName} ${classes.exported}`} data-export="" y={-6} textAnchor="middle">
        {fitText(axis.name, FONT, 120)}
      </text>
      <line className={classes.axis} y1={span.top} y2={span.bottom} />
      {ticks.map((tick) => (
        <g key={tick.value} transform={`translate(0,${span.bottom - tick.unit * length})`}>
          <line className={classes.axis} x1={-4} x2={0} />
          <AxisLabel x={last ? 16 : 6} text={fitText(tick.label, FONT, last ? 60 : 80)} />
        </g>
      ))}
      {missing && (
        <>
          <line className={classes.axis} y1={span.bottom + 14} y2={span.none + 5} strokeDasharray="2 2" />
          <circle className={classes.axis} cy={span.none} r={2.5} />
          <g transform={`translate(0,${span.none})`}>
            <AxisLabel x={last ? 16 : 6} text={t.noValue} />
          </g>
        </>
      )}
      {brush &&
        rectsOf(axis, brush, span).map((rect) => (
          <rect key={rect.y} className={classes.brush} x={-8} width={16} y={rect.y} height={rect.height} rx={2} />
        ))}
    </g>
  );
}

/** A label that is read though lines run through it. */
function AxisLabel({ x, text }: { x: number; text: string }) {
  return (
    <>
      <rect className={classes.behind} x={x - 2} y={-7} width={textWidth(text, FONT) + 4} height={14} rx={2} />
      <text className={`${classes.tick} ${classes.onLines}`} x={x} dominantBaseline="central">
        {text}
      </text>
    </>
  );
}

function lineColours(axis: ParallelAxis | undefined, count: number, ground: Ground): string[] {
  const none = ground === "dark" ? "#828282" : "#868e96";
  if (!axis) return new Array<string>(count).fill(none);
  if (axis.values.kind === "category") {
    return Array.from(axis.values.codes, (code) => (code < 0 ? none : groupColour(code)));
  }
  // Few colours, so that lines of one can be drawn together.
  const steps = scaleSteps(COLOURS, ground);
  return Array.from(unitsOf(axis.values, axis.scale), (unit) =>
    Number.isNaN(unit) ? none : (steps[Math.round(Math.min(1, Math.max(0, unit)) * (COLOURS - 1))] ?? none),
  );
}
