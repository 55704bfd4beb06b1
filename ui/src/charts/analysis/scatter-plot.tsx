/** Runs as points. */

import { memo, useEffect, useMemo, useRef } from "react";
import { useLanguage, useText } from "../../i18n";
import { type Ground, scaleColour } from "../../lib/analysis/colour-scale";
import { type Scale, scaleOf, ticksOf, ticksOfColumn, unitsOf } from "../../lib/analysis/column-scale";
import { type Direction, paretoFront } from "../../lib/analysis/pareto";
import { fractionOf } from "../../lib/analysis/random";
import { groupColour, PALETTE } from "../../lib/colours";
import { cellOf, type ListedRun } from "../../state/run-list";
import classes from "./analysis.module.css";
import { Note } from "./analysis-frame";
import { bottomTicks, plotOf } from "./axes";
import { CategoryLegend, ColourBar, LEGEND_ROW, type LegendEntry, legendColumns } from "./legend";
import { type Mark, PlotArea } from "./plot-area";
import type { PlotProps, ShownColumn } from "./plot-props";
import { cellText } from "./use-analysis";

interface ScatterPlotProps extends PlotProps {
  colour: ShownColumn | undefined;
  size: ShownColumn | undefined;
  pareto: readonly [Direction, Direction] | null;
  ground: Ground;
}

const MOST_ELEMENTS = 500;
const RADIUS = 4;
/** So few points can be larger, and none is hidden by others. */
const FEW = 100;
const LARGE = 5.5;
const NEAR = 16;
const BESIDE = 640;

/** Points by their positions among the runs. */
interface Points {
  at: Int32Array;
  x: Float32Array;
  y: Float32Array;
  r: Float32Array;
  colours: string[];
}

export function ScatterPlot({
  runs,
  x,
  y,
  colour,
  size,
  pareto,
  ground,
  width,
  height,
  zoom,
  onZoom,
  onOpen,
}: ScatterPlotProps) {
  const t = useText().analysis;
  const language = useLanguage();
  const xScale = useMemo(() => (zoom ? ranged(x, zoom[0], zoom[1]) : x.scale), [x, zoom]);
  const yScale = useMemo(() => (zoom ? ranged(y, zoom[2], zoom[3]) : y.scale), [y, zoom]);
  const placed = useMemo(() => {
    const both = (i: number) => !Number.isNaN(unitOf(x, i)) && !Number.isNaN(unitOf(y, i));
    return Array.from(runs.keys()).filter(both);
  }, [runs, x, y]);
  const entries = useMemo(() => (colour ? entriesOf(colour, placed, t.others, t.noValue) : []), [colour, placed, t]);
  const beside = width >= BESIDE;
  const flatRows = Math.ceil(entries.length / legendColumns(width - 20));
  const below = colour && !beside ? (colour.values.kind === "number" ? 50 : 24 + flatRows * LEGEND_ROW) : 0;
  const yTicks = ticksOfColumn(
    y.values,
    yScale,
    Math.max(3, Math.round(height / (yScale.kind === "category" ? 18 : 60))),
    language,
  );
  const plot = plotOf(width, height + below, yTicks, { right: colour && beside ? 140 : 14, bottom: below });
  const { left, top, width: w, height: h } = plot;
  const xTicks = bottomTicks(x.values, xScale, w, language);

  const points = useMemo<Points>(() => {
    const ux = unitsOf(x.values, xScale);
    const uy = unitsOf(y.values, yScale);
    const us = size ? unitsOf(size.values, scaleOf(size.values)) : null;
    const colourOf = coloursOf(runs, colour, ground);
    const usual = placed.length <= FEW ? LARGE : RADIUS;
    const inView = (unit: number) => unit >= -0.001 && unit <= 1.001;
    const at = Int32Array.from(runs.keys()).filter((i) => inView(ux[i] ?? Number.NaN) && inView(uy[i] ?? Number.NaN));
    const px = (i: number) => left + ((ux[i] ?? 0) + jitter(x, xScale, runs[i], "x")) * w;
    const py = (i: number) => top + (1 - (uy[i] ?? 0) - jitter(y, yScale, runs[i], "y")) * h;
    return {
      at,
      x: Float32Array.from(at, px),
      y: Float32Array.from(at, py),
      // Areas are what is compared, not widths.
      r: Float32Array.from(at, (i) =>
        us ? (Number.isNaN(us[i]) ? 2 : Math.sqrt(6 + 90 * Math.max(0, us[i] ?? 0))) : usual,
      ),
      colours: Array.from(at, (i) => colourOf(i)),
    };
  }, [runs, x, y, xScale, yScale, size, colour, ground, left, top, w, h, placed.length]);
  const front = useMemo(() => {
    if (!pareto || x.values.kind !== "number" || y.values.kind !== "number") return null;
    return paretoFront(x.values.numbers, y.values.numbers, pareto[0], pareto[1]);
  }, [x, y, pareto]);
  const keyOrder = useMemo(
    () => Array.from(points.at.keys()).sort((a, b) => (points.x[a] ?? 0) - (points.x[b] ?? 0)),
    [points],
  );
  const onFront = useMemo(() => new Set(front ?? []), [front]);

  const find = (px: number, py: number) => {
    let best = NEAR ** 2;
    let found = -1;
    keyOrder.forEach((point, order) => {
      const distance = ((points.x[point] ?? 0) - px) ** 2 + ((points.y[point] ?? 0) - py) ** 2;
      if (distance < best) {
        best = distance;
        found = order;
      }
    });
    return found;
  };
  const mark = (order: number): Mark | undefined => {
    const point = keyOrder[order] ?? -1;
    const run = runs[points.at[point] ?? -1];
    if (!run) return undefined;
    const shown = [...new Map([x, y, colour, size].flatMap((one) => (one ? [[one.id, one] as const] : []))).values()];
    return {
      x: points.x[point] ?? 0,
      y: points.y[point] ?? 0,
      reach: points.r[point] ?? RADIUS,
      title: run.name,
      colour: points.colours[point] ?? run.colour,
      rows: [
        ...shown.map((one) => [one.name, cellText(one.id, cellOf(run, one.id), language) || t.noValue] as const),
        ...(onFront.has(points.at[point] ?? -1) ? [[t.pareto, "✓"] as const] : []),
      ],
      runId: run.id,
    };
  };
  const few = points.at.length <= MOST_ELEMENTS;
  const numberLegend = colour && colour.values.kind === "number" && colour.values.count > 0;
  return (
    <>
      <PlotArea
        label={`${t.scatter}: ${x.name}, ${y.name}`}
        width={width}
        height={height + below}
        plot={plot}
        x={xScale}
        y={yScale}
        xTicks={xTicks}
        yTicks={yTicks}
        xName={x.name}
        yName={y.name}
        zoomed={zoom !== null}
        onZoom={onZoom}
        onOpen={onOpen}
        count={keyOrder.length}
        find={find}
        mark={mark}
        canvas={few ? null : <PointCanvas points={points} width={width} height={height + below} />}
        legend={
          colour &&
          (numberLegend ? (
            <ColourBar
              x={beside ? left + w + 18 : left}
              y={beside ? top + 14 : top + h + 66}
              length={beside ? Math.min(220, h - 20) : w}
              flat={!beside}
              ground={ground}
              title={colour.name}
              ticks={ticksOf(colour.scale, beside ? 5 : 4, language)}
            />
          ) : (
            <CategoryLegend
              x={beside ? left + w + 18 : 10}
              y={beside ? top + 14 : top + h + 66}
              width={beside ? 118 : width - 20}
              title={colour.name}
              entries={entries}
            />
          ))
        }
      >
        {few && <PointElements points={points} />}
        {front && (
          <g>
            <path className={classes.front} d={frontPath(front, points, pareto)} />
            {front.map((i) => {
              const point = points.at.indexOf(i);
              return point < 0 ? null : (
                <circle
                  key={i}
                  className={classes.ring}
                  cx={points.x[point]}
                  cy={points.y[point]}
                  r={(points.r[point] ?? 0) + 2}
                />
              );
            })}
          </g>
        )}
      </PlotArea>
      <Note
        say={[
          placed.length === 0 && t.noPoints,
          placed.length > 0 && placed.length < runs.length && t.withoutPlace(runs.length - placed.length),
          front && front.length > 0 && t.paretoOf(front.length),
          t.scatterHint,
          numberLegend && t.colourScale,
        ]}
      />
    </>
  );
}

function ranged(column: ShownColumn, low: number, high: number): Scale {
  const kind = column.scale.kind === "category" ? undefined : column.scale.kind;
  return scaleOf(column.values, { kind, range: [low, high] });
}

function unitOf({ values, scale }: ShownColumn, run: number): number {
  if (values.kind === "number") return scale.toUnit(values.numbers[run] ?? Number.NaN);
  return (values.codes[run] ?? -1) < 0 ? Number.NaN : 0;
}

/** Runs of one category are not all at one place; each is always at the same. */
function jitter(column: ShownColumn, scale: Scale, run: ListedRun | undefined, salt: string): number {
  if (scale.kind !== "category" || !run || column.values.kind !== "category") return 0;
  return (fractionOf(run.id + salt) - 0.5) * 0.5 * (scale.toUnit(1) - scale.toUnit(0));
}

const noColour = (ground: Ground) => (ground === "dark" ? "#828282" : "#868e96");

function coloursOf(
  runs: readonly ListedRun[],
  colour: ShownColumn | undefined,
  ground: Ground,
): (run: number) => string {
  if (!colour) return (i) => runs[i]?.colour ?? noColour(ground);
  const { values, scale } = colour;
  if (values.kind === "category") {
    return (i) => {
      const code = values.codes[i] ?? -1;
      return code < 0 || code >= PALETTE.length ? noColour(ground) : groupColour(code);
    };
  }
  return (i) => {
    const unit = scale.toUnit(values.numbers[i] ?? Number.NaN);
    return Number.isNaN(unit) ? noColour(ground) : scaleColour(unit, ground);
  };
}

/** The categories of the runs that have a place. */
function entriesOf({ values }: ShownColumn, placed: readonly number[], others: string, none: string): LegendEntry[] {
  if (values.kind === "number") return [];
  const codes = new Set(placed.map((run) => values.codes[run] ?? -1));
  const known = values.categories
    .map((label, i) => ({ label, colour: groupColour(i) }))
    .filter((_, i) => i < PALETTE.length && codes.has(i));
  const rest = [[...codes].some((code) => code >= PALETTE.length) && others, codes.has(-1) && none].filter(Boolean);
  return rest.length ? [...known, { label: rest.join(", "), colour: "#868e96" }] : known;
}

/** Steps between the runs of the front: what lies on the worse side of them is beaten. */
function frontPath(front: readonly number[], points: Points, pareto: readonly [Direction, Direction] | null): string {
  const places = front.flatMap((run) => {
    const point = points.at.indexOf(run);
    return point < 0 ? [] : [[points.x[point] ?? 0, points.y[point] ?? 0] as const];
  });
  const along = pareto?.[0] === "min";
  return places.map(([px, py], i) => (i === 0 ? `M${px},${py}` : along ? `H${px}V${py}` : `V${py}H${px}`)).join("");
}

const PointElements = memo(function PointElements({ points }: { points: Points }) {
  return (
    <g className={classes.points} fillOpacity={points.at.length <= FEW ? 1 : 0.8}>
      {Array.from(points.at, (run, point) => (
        <circle key={run} cx={points.x[point]} cy={points.y[point]} r={points.r[point]} fill={points.colours[point]} />
      ))}
    </g>
  );
});

const PointCanvas = memo(function PointCanvas({
  points,
  width,
  height,
}: {
  points: Points;
  width: number;
  height: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    context.globalAlpha = points.at.length > 3000 ? 0.5 : 0.75;
    for (let point = 0; point < points.at.length; point++) {
      context.fillStyle = points.colours[point] ?? "#868e96";
      context.beginPath();
      context.arc(points.x[point] ?? 0, points.y[point] ?? 0, points.r[point] ?? RADIUS, 0, 2 * Math.PI);
      context.fill();
    }
  }, [points, width, height]);
  return <canvas ref={canvas} style={{ width, height }} />;
});
