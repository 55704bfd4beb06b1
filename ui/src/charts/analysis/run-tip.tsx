/** What a chart says of the run under the pointer. */

import { Paper, Text } from "@mantine/core";
import classes from "./analysis.module.css";

export interface TipProps {
  /** Where it points to, in px of the chart. */
  x: number;
  y: number;
  /** The chart's width and height. */
  width: number;
  height: number;
  title: string;
  colour?: string;
  rows: readonly (readonly [name: string, value: string])[];
}

const WIDTH = 240;
const GAP = 14;

export function RunTip({ x, y, width, height, title, colour, rows }: TipProps) {
  const wide = Math.min(WIDTH, width - 8);
  const left = x + GAP + wide <= width ? x + GAP : Math.max(4, x - GAP - wide);
  return (
    <Paper
      className={classes.tip ?? ""}
      shadow="md"
      withBorder
      style={{ width: wide, left, ...(y < height / 2 ? { top: y + GAP } : { bottom: height - y + GAP }) }}
      aria-hidden
    >
      <div className={classes.rowName}>
        {colour && <span className="dot" style={{ background: colour }} />}
        <Text size="xs" fw={600} truncate>
          {title}
        </Text>
      </div>
      {rows.length > 0 && (
        <dl className={classes.tipRows}>
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt className="truncate">{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Paper>
  );
}
