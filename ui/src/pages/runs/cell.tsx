/** A value in the table: a number with a bar of where it lies, and how far it is from the baseline. */

import { Link } from "@tanstack/react-router";
import type { KeyInfo } from "../../api/types";
import { AGO_STEP_MS, agoText } from "../../components/ago";
import { type Language, textIn } from "../../i18n";
import { textWidth } from "../../lib/analysis/text-width";
import { columnFormat, formatChange, formatDuration, formatTime, formatValue } from "../../lib/format";
import { useNow } from "../../state/clock";
import { cellOf, type ListedRun } from "../../state/run-list";
import classes from "./runs.module.css";

const FONT = 13;
/** Beside a heading: its menu, the arrow of the order, and the space at both ends. */
const AROUND_HEAD = 58;
const AROUND_VALUE = 20;

/** Pixels: as wide as its name and its values need, within limits. */
export function widthOf(column: string, name: string, info: KeyInfo | undefined, withChange: boolean): number {
  if (column === "attributes.start_time" || column === "attributes.end_time") return 132;
  if (column === "attributes.duration") return 104;
  if (column === "attributes.run_id") return 270;
  const head = textWidth(name, FONT) * 1.06 + AROUND_HEAD;
  const values = (info?.examples ?? []).map((one) => textWidth(one, FONT) + AROUND_VALUE);
  const least = column.startsWith("metrics.") ? (withChange ? 150 : 116) : 80;
  return Math.round(Math.max(least, Math.min(head, 210), Math.min(Math.max(0, ...values), 160)));
}

/** How a column's values are shown. */
export interface ColumnLook {
  /** Whether its values are numbers, which stand under each other. */
  numeric: boolean;
  format: (value: number) => string;
  /** The least and greatest finite number of a metric's column; null where a bar would say nothing. */
  range: [number, number] | null;
}

const PLAIN: ColumnLook = { numeric: false, format: formatValue, range: null };
const NUMERIC: ColumnLook = { ...PLAIN, numeric: true };

export function lookOf(runs: readonly ListedRun[], column: string, info: KeyInfo | undefined): ColumnLook {
  if (!column.startsWith("metrics.")) return info?.kind === "number" ? NUMERIC : PLAIN;
  const values = runs.flatMap((run) => {
    const value = cellOf(run, column);
    return typeof value === "number" && Number.isFinite(value) ? [value] : [];
  });
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { numeric: true, format: columnFormat(values), range: high > low ? [low, high] : null };
}

/** Whether two looks show the same: zero has all the decimals of its column. */
export function sameLook(a: ColumnLook | undefined, b: ColumnLook | undefined): boolean {
  const text = (one: ColumnLook | undefined) => one && `${one.numeric} ${one.format(0)} ${one.range}`;
  return text(a) === text(b);
}

export interface CellProps {
  column: string;
  value: string | number | null;
  run: ListedRun;
  look: ColumnLook;
  baseline: string | number | null;
  language: Language;
  index: number;
  left: number;
  width: number;
}

export function Cell({ column, value, run, look, baseline, language, index, left, width }: CellProps) {
  // Wide rows have hundreds of cells: plain elements, no component of a library.
  const common = {
    role: "gridcell",
    "aria-colindex": index + 2,
    className: look.numeric ? `${classes.cell} ${classes.number}` : classes.cell,
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
        <Since ms={ms} language={language} />
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
    const { range, format } = look;
    const part = range && Number.isFinite(value) ? (value - range[0]) / (range[1] - range[0]) : null;
    const change = typeof baseline === "number" ? formatChange(value, baseline) : "";
    const scale = range ? `\n${textIn(language).runs.bar(format(range[0]), format(range[1]))}` : "";
    return (
      <div {...common} title={`${value}${scale}`}>
        {part !== null && (
          <span className={classes.bar} style={{ width: `calc((100% - 1rem) * ${part})` }} aria-hidden="true" />
        )}
        {change && <span className={classes.change}>{change}</span>}
        <span className={classes.value}>{format(value)}</span>
      </div>
    );
  }
  const text = formatValue(value);
  const differs = baseline !== null && baseline !== value;
  return (
    <div {...common} title={text} data-differs={differs || undefined}>
      {look.numeric ? <span className="truncate">{text}</span> : text}
    </div>
  );
}

function Running({ since, language }: { since: number; language: string }) {
  return formatDuration(Math.max(0, useNow(1_000) - since), language);
}

function Since({ ms, language }: { ms: number; language: Language }) {
  return agoText(ms, useNow(AGO_STEP_MS), textIn(language), language);
}
