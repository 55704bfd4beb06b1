/** A column as a height over two others. */

import { useId, useMemo } from "react";
import { useLanguage, useText } from "../../i18n";
import { type Ground, scaleColour } from "../../lib/analysis/colour-scale";
import { type Scale, scaleOf, ticksOf, ticksOfColumn, unitsOf } from "../../lib/analysis/column-scale";
import { convexHull, type Point } from "../../lib/analysis/convex-hull";
import { isolines } from "../../lib/analysis/isolines";
import { dotsPath } from "../../lib/analysis/polylines";
import { GRID, NEIGHBOURS, surfaceOf } from "../../lib/analysis/surface";
import { cellOf } from "../../state/run-list";
import classes from "./analysis.module.css";
import { Note } from "./analysis-frame";
import { bottomTicks, type Plot, plotOf } from "./axes";
import { ColourBar } from "./legend";
import { type Mark, PlotArea } from "./plot-area";
import type { PlotProps, ShownColumn } from "./plot-props";
import { cellText } from "./use-analysis";

interface ContourPlotProps extends PlotProps {
  z: ShownColumn | undefined;
  ground: Ground;
}

const BANDS = 10;
const BESIDE = 640;

export function ContourPlot({ runs, x, y, z, ground, width, height, zoom, onZoom, onOpen }: ContourPlotProps) {
  const t = useText().analysis;
  const language = useLanguage();
  const clip = useId();
  const xScale = useMemo(() => (zoom ? ranged(x, zoom[0], zoom[1]) : x.scale), [x, zoom]);
  const yScale = useMemo(() => (zoom ? ranged(y, zoom[2], zoom[3]) : y.scale), [y, zoom]);
  const surface = useMemo(() => z && surfaceUnder(x, y, z), [x, y, z]);
  const beside = width >= BESIDE;
  const below = beside ? 0 : 50;
  const yTicks = ticksOfColumn(y.values, yScale, Math.max(3, Math.round(height / 60)), language);
  const plot = plotOf(width, height + below, yTicks, { right: beside ? 140 : 14, bottom: below });
  const { left, top, width: w, height: h } = plot;
  // The surface is of the whole axes; a zoom moves it, and does not guess anew.
  const toPlot = useMemo(
    () =>
      ([u, v]: Point): Point => [
        left + xScale.toUnit(x.scale.fromUnit(u)) * w,
        top + (1 - yScale.toUnit(y.scale.fromUnit(v))) * h,
      ],
    [x, y, xScale, yScale, left, top, w, h],
  );
  const bands = useMemo(() => (z && surface ? bandsOf(z.scale, ground, language) : []), [z, surface, ground, language]);
  const paths = useMemo(
    () =>
      surface
        ? bands.map((band) => ({
            ...band,
            d: band.start <= 0 ? "" : ringsPath(isolines(surface.grid, band.start), toPlot),
          }))
        : [],
    [surface, bands, toPlot],
  );
  const hull = surface ? ringsPath([surface.hull], toPlot) : "";
  const samples = useMemo(
    () => (surface ? surface.points.map(({ run, at }) => ({ run, at: toPlot(at) })) : []),
    [surface, toPlot],
  );

  if (!surface || !z) return <Note say={[t.contourNeeds]} />;
  const dots = dotsPath(samples.map(({ at }) => at));
  const size = samples.length > 800 ? 2 : width < BESIDE ? 3 : 4.5;
  const find = (px: number, py: number) => nearest(samples, px, py);
  const mark = (index: number): Mark | undefined => {
    const sample = samples[index];
    const run = sample && runs[sample.run];
    if (!sample || !run) return undefined;
    return {
      x: sample.at[0],
      y: sample.at[1],
      reach: 3,
      title: run.name,
      colour: run.colour,
      rows: [x, y, z].map((one) => [one.name, cellText(one.id, cellOf(run, one.id), language) || t.noValue] as const),
      runId: run.id,
    };
  };
  return (
    <>
      <PlotArea
        label={`${t.contour}: ${x.name}, ${y.name}, ${z.name}`}
        width={width}
        height={height + below}
        plot={plot}
        x={xScale}
        y={yScale}
        xTicks={bottomTicks(x.values, xScale, w, language)}
        yTicks={yTicks}
        xName={x.name}
        yName={y.name}
        zoomed={zoom !== null}
        onZoom={onZoom}
        onOpen={onOpen}
        count={samples.length}
        find={find}
        mark={mark}
        legend={<BandLegend z={z} bands={bands} plot={plot} beside={beside} ground={ground} />}
      >
        <clipPath id={clip}>
          <path d={hull} />
        </clipPath>
        <g clipPath={`url(#${clip})`}>
          {paths.map((band) => (
            <path key={band.start} d={band.start <= 0 ? hull : band.d} fill={band.colour} fillRule="evenodd" />
          ))}
          {paths.map((band) => band.d && <path key={band.start} className={classes.isoline} d={band.d} />)}
        </g>
        <path className={classes.sampleRim} d={dots} strokeWidth={size + 2} />
        <path className={classes.sample} d={dots} strokeWidth={size} />
      </PlotArea>
      <Note
        say={[
          samples.length < runs.length && t.withoutPlace(runs.length - samples.length),
          t.contourMethod(NEIGHBOURS, GRID),
          t.scatterHint,
          t.colourScale,
        ]}
      />
    </>
  );
}

function ranged(column: ShownColumn, low: number, high: number): Scale {
  return scaleOf(column.values, { kind: column.scale.kind === "log" ? "log" : "linear", range: [low, high] });
}

interface Surface {
  grid: ReturnType<typeof surfaceOf>;
  hull: Point[];
  points: { run: number; at: Point }[];
}

/** The surface of z over x and y, all from 0 to 1; null where the runs span no area. */
function surfaceUnder(x: ShownColumn, y: ShownColumn, z: ShownColumn): Surface | null {
  if ([x, y, z].some((one) => one.values.kind !== "number")) return null;
  const [ux, uy, uz] = [x, y, z].map((one) => unitsOf(one.values, one.scale));
  if (!ux || !uy || !uz) return null;
  const points: Surface["points"] = [];
  ux.forEach((u, run) => {
    const v = uy[run] ?? Number.NaN;
    if (Number.isFinite(u) && Number.isFinite(v) && Number.isFinite(uz[run])) points.push({ run, at: [u, v] });
  });
  const hull = convexHull(points.map((point) => point.at));
  if (hull.length < 3) return null;
  return { grid: surfaceOf(ux, uy, uz), hull, points };
}

interface Band {
  start: number;
  end: number;
  colour: string;
}

/** Bands between round heights, of one colour each. */
function bandsOf(scale: Scale, ground: Ground, language: string): Band[] {
  const inside = ticksOf(scale, BANDS, language)
    .map((tick) => tick.unit)
    .filter((unit) => unit > 0.001 && unit < 0.999);
  const starts = [0, ...inside];
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? 1;
    return { start, end, colour: scaleColour((start + end) / 2, ground) };
  });
}

function ringsPath(rings: readonly (readonly Point[])[], toPlot: (point: Point) => Point): string {
  return rings
    .map((ring) => {
      const corners = ring.map((point) =>
        toPlot(point)
          .map((one) => one.toFixed(1))
          .join(","),
      );
      return `M${corners.join("L")}Z`;
    })
    .join("");
}

function nearest(samples: readonly { at: Point }[], px: number, py: number): number {
  let best = 14 ** 2;
  let found = -1;
  samples.forEach(({ at }, i) => {
    const distance = (at[0] - px) ** 2 + (at[1] - py) ** 2;
    if (distance < best) {
      best = distance;
      found = i;
    }
  });
  return found;
}

interface BandLegendProps {
  z: ShownColumn;
  bands: readonly Band[];
  plot: Plot;
  beside: boolean;
  ground: Ground;
}

function BandLegend({ z, bands, plot, beside, ground }: BandLegendProps) {
  const language = useLanguage();
  const { left, top, width, height } = plot;
  return (
    <ColourBar
      x={beside ? left + width + 18 : left}
      y={beside ? top + 14 : top + height + 66}
      length={beside ? Math.min(240, height - 20) : width}
      flat={!beside}
      ground={ground}
      title={z.name}
      ticks={ticksOf(z.scale, beside ? BANDS : 4, language)}
      bands={bands}
    />
  );
}
