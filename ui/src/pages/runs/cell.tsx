/** A value in the table: a number with a bar of where it lies, and how far it is from the baseline. */

import { Link } from "@tanstack/react-router";
import { type Language, textIn } from "../../i18n";
import { parseColumn } from "../../lib/columns";
import { formatAgo, formatChange, formatDuration, formatNumber, formatTime, formatValue } from "../../lib/format";
import { useNow } from "../../state/clock";
import { cellOf, type ListedRun } from "../../state/run-list";
import classes from "./runs.module.css";

/** Pixels. */
export function widthOf(column: string, withChange = false): number {
  if (column === "attributes.start_time" || column === "attributes.end_time") return 132;
  if (column === "attributes.duration") return 104;
  if (column === "attributes.run_id") return 270;
  const parsed = parseColumn(column);
  const name = (parsed?.key ?? column).length * 7.4 + 58;
  const least = parsed?.kind === "metrics" ? (withChange ? 150 : 110) : 96;
  return Math.round(Math.min(Math.max(name, least), 240));
}

/** The least and greatest finite number of a metric's column; null where a bar would say nothing. */
export function numberRange(runs: readonly ListedRun[], column: string): [number, number] | null {
  if (!column.startsWith("metrics.")) return null;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const run of runs) {
    const value = cellOf(run, column);
    if (typeof value === "number" && Number.isFinite(value)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return high > low ? [low, high] : null;
}

export interface CellProps {
  column: string;
  value: string | number | null;
  run: ListedRun;
  range: [number, number] | null;
  baseline: string | number | null;
  language: Language;
  index: number;
  left: number;
  width: number;
}

export function Cell({ column, value, run, range, baseline, language, index, left, width }: CellProps) {
  // Wide rows have hundreds of cells: plain elements, no component of a library.
  const common = {
    role: "gridcell",
    "aria-colindex": index + 2,
    className: classes.cell,
    style: { left, width },
    tabIndex: -1,
  };
  if (value === null) {
    // A run that goes on has no end yet.
    if (column === "attributes.duration" && run.status === "RUNNING" && run.startTime)
      return (
        <div {...common}>
          <Running since={run.startTime} language={language} />
        </div>
      );
    return <div {...common} />;
  }
  if (column === "attributes.start_time" || column === "attributes.end_time") {
    const ms = Number(value);
    return (
      <div {...common} title={formatTime(ms, language)}>
        <Ago ms={ms} language={language} />
      </div>
    );
  }
  if (column === "attributes.duration") return <div {...common}>{formatDuration(Number(value), language)}</div>;
  if (column === "attributes.status")
    return <div {...common}>{textIn(language).common.status[String(value)] ?? value}</div>;
  if (column === "attributes.experiment_id")
    return (
      <div {...common}>
        <Link to="/experiments/$ids" params={{ ids: String(value) }} search={{}}>
          {value}
        </Link>
      </div>
    );
  if (typeof value === "number") {
    const part = range && Number.isFinite(value) ? (value - range[0]) / (range[1] - range[0]) : null;
    const change = typeof baseline === "number" ? formatChange(value, baseline) : "";
    return (
      <div {...common} className={`${classes.cell} ${classes.number}`} title={String(value)}>
        {part !== null && (
          <span
            className={classes.bar}
            style={{ width: `calc((100% - 1rem) * ${0.02 + part * 0.98})` }}
            aria-hidden="true"
          />
        )}
        {change && <span className={classes.change}>{change}</span>}
        <span className={classes.value}>{formatNumber(value)}</span>
      </div>
    );
  }
  const text = formatValue(value);
  const differs = baseline !== null && baseline !== value;
  return (
    <div {...common} title={text} data-differs={differs || undefined}>
      {text}
    </div>
  );
}

function Running({ since, language }: { since: number; language: string }) {
  return formatDuration(Math.max(0, useNow(1_000) - since), language);
}

function Ago({ ms, language }: { ms: number; language: string }) {
  return formatAgo(ms, Math.max(useNow(5_000), ms), language);
}
