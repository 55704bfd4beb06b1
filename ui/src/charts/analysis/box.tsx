/** The spread of one column in groups of another. */

import { useMemo } from "react";
import { useLanguage, useText } from "../../i18n";
import type { Catalogue } from "../../i18n/en";
import { type Box, boxOf } from "../../lib/analysis/box-plot";
import { type Groups, groupsBy } from "../../lib/analysis/column-groups";
import { linearScale, ticksOf } from "../../lib/analysis/column-scale";
import { dotsPath } from "../../lib/analysis/polylines";
import { fractionOf } from "../../lib/analysis/random";
import { fitText } from "../../lib/analysis/text-width";
import { formatNumber } from "../../lib/format";
import { cellOf } from "../../state/run-list";
import classes from "./analysis.module.css";
import { type ChartData, Note } from "./analysis-frame";
import { FONT, plotOf } from "./axes";
import { type Mark, PlotArea } from "./plot-area";
import type { PlotProps, ShownColumn } from "./plot-props";
import type { TableColumn, TableRow } from "./runs-table";
import { cellText } from "./use-analysis";

export interface BoxGroups extends Omit<Groups, "groups"> {
  groups: { label: string; runs: readonly number[]; box: Box }[];
  /** The spread's column is of numbers. */
  numeric: boolean;
}

/** The boxes of y in groups of x; groups without a number of y are left out. */
export function groupsOf(x: ShownColumn, y: ShownColumn, language: string): BoxGroups {
  const found = groupsBy(x.values, x.scale, language);
  const { values } = y;
  if (values.kind !== "number") return { ...found, groups: [], numeric: false };
  const groups = found.groups.flatMap(({ label, runs }) => {
    const box = boxOf(runs.map((run) => values.numbers[run] ?? Number.NaN));
    return box ? [{ label, runs, box }] : [];
  });
  return { ...found, groups, numeric: true };
}

const FIGURES = ["min", "q1", "median", "q3", "max"] as const;

export function boxRows({ groups }: BoxGroups, t: Catalogue["analysis"]): { columns: TableColumn[]; rows: TableRow[] } {
  return {
    columns: ["count" as const, ...FIGURES, "outliers" as const].map((id) => ({ id, label: t[id], numeric: true })),
    rows: groups.map(({ label, box }) => ({
      id: label,
      name: label,
      cells: [box.n, ...FIGURES.map((figure) => box[figure]), box.outliers.length],
    })),
  };
}

export function boxData(groups: BoxGroups, t: Catalogue["analysis"]): ChartData {
  const { rows } = boxRows(groups, t);
  return {
    header: ["group", "n", ...FIGURES, "outliers"],
    rows: rows.map((row) => [row.name, ...row.cells]),
  };
}

const MOST_DOTS = 3000;

export function BoxPlot({ runs, x, y, groups: given, width, height, onOpen }: PlotProps & { groups: BoxGroups }) {
  const t = useText().analysis;
  const language = useLanguage();
  const { groups } = given;
  const yTicks = ticksOf(y.scale, Math.max(3, Math.round(height / 60)), language);
  const plot = plotOf(width, height, yTicks, { bottom: 14 });
  const { left, top, width: w, height: h } = plot;
  const each = w / Math.max(1, groups.length);
  const half = Math.min(56, each * 0.32);
  const middle = (group: number) => left + (group + 0.5) * each;
  const place = useMemo(() => (value: number) => top + (1 - y.scale.toUnit(value)) * h, [y, top, h]);
  const xScale = linearScale(0, Math.max(1, groups.length));
  const xTicks = groups.map((group, i) => ({ value: i, unit: (i + 0.5) / groups.length, label: group.label }));

  // Runs that can be pointed at: outliers, and, where they are not too many to see, all others.
  const dots = useMemo(() => {
    const many = groups.reduce((sum, group) => sum + group.runs.length, 0) > MOST_DOTS;
    return groups.flatMap(({ runs: members, box }, group) => {
      const outliers = new Set(box.outliers);
      return members.flatMap((run, i) => {
        const at = y.values.kind === "number" ? place(y.values.numbers[run] ?? Number.NaN) : Number.NaN;
        const outlier = outliers.has(i);
        if (Number.isNaN(at) || (many && !outlier)) return [];
        const aside = outlier ? 0 : (fractionOf(runs[run]?.id ?? "") - 0.5) * 1.5 * half;
        return [{ run, x: left + (group + 0.5) * each + aside, y: at, outlier }];
      });
    });
  }, [groups, runs, y, place, left, each, half]);

  const find = (px: number, py: number) => {
    let best = 8 ** 2;
    let found = -1;
    dots.forEach((dot, i) => {
      const distance = (dot.x - px) ** 2 + (dot.y - py) ** 2;
      if (distance < best) {
        best = distance;
        found = groups.length + i;
      }
    });
    if (found >= 0) return found;
    const group = Math.floor((px - left) / each);
    const box = groups[group]?.box;
    const near = box && Math.abs(px - middle(group)) <= half && py >= place(box.high) - 4 && py <= place(box.low) + 4;
    return near ? group : -1;
  };
  const text = (value: number) => cellText(y.id, value, language);
  const mark = (index: number): Mark | undefined => {
    const group = groups[index];
    if (group) {
      const { box } = group;
      return {
        x: middle(index) + half,
        y: place(box.median),
        reach: 0,
        title: group.label,
        rows: [
          [t.count, formatNumber(box.n)],
          ...[...FIGURES].reverse().map((figure) => [t[figure], text(box[figure])] as const),
          [t.outliers, formatNumber(box.outliers.length)],
        ],
      };
    }
    const dot = dots[index - groups.length];
    const run = dot && runs[dot.run];
    if (!dot || !run) return undefined;
    return {
      x: dot.x,
      y: dot.y,
      reach: 3,
      title: run.name,
      colour: run.colour,
      rows: [x, y].map((one) => [one.name, cellText(one.id, cellOf(run, one.id), language) || t.noValue] as const),
      runId: run.id,
    };
  };

  if (!given.numeric) return <Note say={[t.boxNumber]} />;
  if (groups.length === 0) return <Note say={[t.noPoints]} />;
  return (
    <>
      <PlotArea
        label={`${t.box}: ${x.name}, ${y.name}`}
        width={width}
        height={height}
        plot={plot}
        x={xScale}
        y={y.scale}
        xTicks={[]}
        yTicks={yTicks}
        xName=""
        yName={y.name}
        zoomed={false}
        onOpen={onOpen}
        count={groups.length + dots.length}
        find={find}
        mark={mark}
        legend={<GroupLabels ticks={xTicks} groups={groups} plot={plot} each={each} name={x.name} />}
      >
        <path
          className={classes.dim}
          d={dotsPath(dots.flatMap((dot): [number, number][] => (dot.outlier ? [] : [[dot.x, dot.y]])))}
        />
        {groups.map(({ label, box }, i) => {
          const [low, q1, median, q3, high] = [box.low, box.q1, box.median, box.q3, box.high].map(place);
          const at = middle(i);
          return (
            <g key={label}>
              <line className={classes.boxLine} x1={at} x2={at} y1={low} y2={q1} />
              <line className={classes.boxLine} x1={at} x2={at} y1={q3} y2={high} />
              <line className={classes.boxLine} x1={at - half / 2} x2={at + half / 2} y1={low} y2={low} />
              <line className={classes.boxLine} x1={at - half / 2} x2={at + half / 2} y1={high} y2={high} />
              <rect
                className={classes.boxShape}
                x={at - half}
                width={2 * half}
                y={q3}
                height={Math.max(1, (q1 ?? 0) - (q3 ?? 0))}
              />
              <line className={classes.median} x1={at - half} x2={at + half} y1={median} y2={median} />
            </g>
          );
        })}
        {dots.map((dot) =>
          dot.outlier ? <circle key={dot.run} className={classes.outlier} cx={dot.x} cy={dot.y} r={3.5} /> : null,
        )}
      </PlotArea>
      <Note
        say={[
          t.boxMethod,
          given.all > groups.length && t.boxGroups(groups.length, given.all),
          given.ranges && t.binned(x.name, groups.length),
        ]}
      />
    </>
  );
}

interface GroupLabelsProps {
  ticks: readonly { value: number; unit: number; label: string }[];
  groups: BoxGroups["groups"];
  plot: { left: number; top: number; width: number; height: number };
  each: number;
  name: string;
}

/** The groups' names, with the number of their runs. */
function GroupLabels({ ticks, groups, plot, each, name }: GroupLabelsProps) {
  const bottom = plot.top + plot.height;
  return (
    <>
      {ticks.map((tick, i) => {
        const at = plot.left + tick.unit * plot.width;
        const room = Math.max(18, each - 4);
        return (
          <g key={tick.value}>
            <text className={classes.tick} x={at} y={bottom + 15} textAnchor="middle">
              {fitText(tick.label, FONT, room)}
              <title>{tick.label}</title>
            </text>
            <text className={classes.tick} x={at} y={bottom + 29} textAnchor="middle">
              {each < 40 ? groups[i]?.box.n : `n=${groups[i]?.box.n}`}
            </text>
          </g>
        );
      })}
      <text className={classes.axisName} x={plot.left + plot.width / 2} y={bottom + 48} textAnchor="middle">
        {fitText(name, FONT, plot.width)}
      </text>
    </>
  );
}
