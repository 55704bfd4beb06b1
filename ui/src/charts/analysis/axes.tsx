/** The axes of a plot of two dimensions, with their grid, as parts of its picture. */

import type { ReactNode } from "react";
import { type Scale, type Tick, ticksOfColumn } from "../../lib/analysis/column-scale";
import type { ColumnValues } from "../../lib/analysis/column-values";
import { fitText, textWidth } from "../../lib/analysis/text-width";
import classes from "./analysis.module.css";

export interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const FONT = 11;
const BOTTOM = 42;

/** Room for the axes of a plot, as the labels of the y axis need it. */
export function plotOf(
  width: number,
  height: number,
  y: readonly Tick[],
  rest: { right?: number; bottom?: number } = {},
): Plot {
  const widest = Math.max(0, ...y.map((tick) => textWidth(tick.label, FONT)));
  const left = Math.min(width * 0.35, Math.ceil(Math.min(120, widest)) + 34);
  return {
    left,
    top: 12,
    width: Math.max(40, width - left - (rest.right ?? 14)),
    height: Math.max(40, height - 12 - BOTTOM - (rest.bottom ?? 0)),
  };
}

/** As many ticks as the labels of an axis have room for beside each other. */
export function bottomTicks(column: ColumnValues, scale: Scale, width: number, language: string): Tick[] {
  for (let count = Math.max(2, Math.round(width / 60)); ; count--) {
    const ticks = ticksOfColumn(column, scale, count, language);
    const widest = Math.max(0, ...ticks.map((tick) => Math.min(110, textWidth(tick.label, FONT))));
    if (count <= 2 || scale.kind === "category" || ticks.length * (widest + 12) <= width) return ticks;
  }
}

interface AxesProps {
  plot: Plot;
  x: readonly Tick[];
  y: readonly Tick[];
  xName: string;
  yName: string;
  /** The room of a label of the x axis. */
  xRoom?: number;
  children?: ReactNode;
}

export function Axes({ plot, x, y, xName, yName, xRoom, children }: AxesProps) {
  const { left, top, width, height } = plot;
  const bottom = top + height;
  const room = xRoom ?? Math.max(24, Math.min(110, width / Math.max(1, x.length) - 4));
  return (
    <>
      {y.map((tick) => {
        const at = top + (1 - tick.unit) * height;
        return (
          <g key={tick.value}>
            <line className={classes.grid} x1={left} x2={left + width} y1={at} y2={at} />
            <text className={classes.tick} x={left - 6} y={at} textAnchor="end" dominantBaseline="central">
              {fitText(tick.label, FONT, Math.max(30, left - 30))}
            </text>
          </g>
        );
      })}
      {x.map((tick) => {
        const at = left + tick.unit * width;
        return (
          <g key={tick.value}>
            <line className={classes.grid} x1={at} x2={at} y1={top} y2={bottom} />
            <text className={classes.tick} x={at} y={bottom + 15} textAnchor="middle">
              {fitText(tick.label, FONT, room)}
            </text>
          </g>
        );
      })}
      {children}
      <path className={classes.axis} d={`M${left},${top}V${bottom}H${left + width}`} />
      <text className={classes.axisName} x={left + width / 2} y={bottom + 34} textAnchor="middle">
        {fitText(xName, FONT, width)}
      </text>
      <text
        className={classes.axisName}
        transform={`translate(12,${top + height / 2}) rotate(-90)`}
        textAnchor="middle"
      >
        {fitText(yName, FONT, height)}
      </text>
    </>
  );
}
