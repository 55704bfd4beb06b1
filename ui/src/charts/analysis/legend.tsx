/** Legends of colours, as parts of a chart's picture. */

import { useId } from "react";
import { type Ground, scaleSteps } from "../../lib/analysis/colour-scale";
import type { Tick } from "../../lib/analysis/column-scale";
import { fitText } from "../../lib/analysis/text-width";
import classes from "./analysis.module.css";

interface ColourBarProps {
  x: number;
  y: number;
  length: number;
  ground: Ground;
  ticks: readonly Tick[];
  title: string;
  /** Along a phone's width instead of beside the chart. */
  flat?: boolean;
  /** Colours of bands from low to high, and where each begins, instead of a smooth scale. */
  bands?: readonly { start: number; end: number; colour: string }[];
}

const THICK = 10;

export function ColourBar({ x, y, length, ground, ticks, title, flat, bands }: ColourBarProps) {
  const place = (unit: number) => (flat ? unit * length : (1 - unit) * length);
  return (
    <g transform={`translate(${x},${y})`}>
      <text className={classes.axisName} x={0} y={-8}>
        {fitText(title, 11, flat ? length : 110)}
      </text>
      {bands ? (
        bands.map((band) => (
          <rect
            key={band.start}
            fill={band.colour}
            x={flat ? place(band.start) : 0}
            y={flat ? 0 : place(band.end)}
            width={flat ? (band.end - band.start) * length : THICK}
            height={flat ? THICK : (band.end - band.start) * length}
          />
        ))
      ) : (
        <ScaleStrip ground={ground} width={flat ? length : THICK} height={flat ? THICK : length} />
      )}
      {ticks.map((tick) => (
        <text
          key={tick.value}
          className={classes.tick}
          x={flat ? place(tick.unit) : THICK + 5}
          y={flat ? THICK + 12 : place(tick.unit)}
          textAnchor={flat ? "middle" : "start"}
          dominantBaseline={flat ? "auto" : "central"}
        >
          {tick.label}
        </text>
      ))}
    </g>
  );
}

interface ScaleStripProps {
  ground: Ground;
  width: number;
  height: number;
}

/** The colours from low to high: upwards, or to the right where it is wider than high. */
export function ScaleStrip({ ground, width, height }: ScaleStripProps) {
  const id = useId();
  const steps = scaleSteps(16, ground);
  return (
    <>
      <linearGradient id={id} {...(width > height ? { x1: 0, x2: 1, y1: 0, y2: 0 } : { x1: 0, x2: 0, y1: 1, y2: 0 })}>
        {steps.map((colour, i) => (
          <stop key={colour} offset={i / (steps.length - 1)} stopColor={colour} />
        ))}
      </linearGradient>
      <rect fill={`url(#${id})`} width={width} height={height} />
    </>
  );
}

export interface LegendEntry {
  label: string;
  colour: string;
}

interface CategoryLegendProps {
  x: number;
  y: number;
  width: number;
  title: string;
  entries: readonly LegendEntry[];
}

export const LEGEND_ROW = 18;
const LEGEND_COLUMN = 120;

/** How many entries of a legend are beside each other. */
export const legendColumns = (width: number) => Math.max(1, Math.floor(width / LEGEND_COLUMN));

export function CategoryLegend({ x, y, width, title, entries }: CategoryLegendProps) {
  const columns = legendColumns(width);
  const each = width / columns;
  return (
    <g transform={`translate(${x},${y})`}>
      <text className={classes.axisName} x={0} y={-8}>
        {fitText(title, 11, width)}
      </text>
      {entries.map((entry, i) => (
        <g
          key={entry.label}
          transform={`translate(${(i % columns) * each},${Math.floor(i / columns) * LEGEND_ROW + LEGEND_ROW / 2})`}
        >
          <circle cx={5} cy={0} r={4.5} fill={entry.colour} />
          <text className={classes.tick} x={15} y={0} dominantBaseline="central">
            {fitText(entry.label, 11, each - 20)}
            <title>{entry.label}</title>
          </text>
        </g>
      ))}
    </g>
  );
}
