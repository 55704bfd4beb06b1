/** What a chart of many runs shows now, from its props, and how to change it. */

import { useMemo, useRef } from "react";
import { useText } from "../../i18n";
import { readChart, writeChart } from "../../lib/analysis/chart-options";
import { type Cell, type ColumnValues, columnValues, sameColumn, unitOf } from "../../lib/analysis/column-values";
import { columnName, parseColumn } from "../../lib/columns";
import { columnFormat, formatDuration, formatTime, formatValue } from "../../lib/format";
import { cellOf } from "../../state/run-list";
import type { AnalysisProps } from "./analysis-props";

export interface Change {
  variant?: string;
  axes?: readonly string[];
  /** Options to set; those that are undefined go back to what is usual. */
  options?: Readonly<Record<string, string | undefined>>;
}

export interface Analysis {
  variant: string;
  options: Readonly<Record<string, string>>;
  /** Columns that were chosen; undefined when nobody chose any for this chart. */
  chosen: readonly string[] | undefined;
  /** Columns that were chosen for another chart. */
  elsewhere: readonly string[];
  column: (id: string) => ColumnValues;
  change: (change: Change) => void;
}

/**
 * The tabs share `axes` and `chart` of the URL. They are a chart's own when the variant that `chart` names is one of its
 * variants, the first of which is the usual one.
 */
export function useAnalysis(props: AnalysisProps, variants: readonly [string, ...string[]]): Analysis {
  const { runs, axes, chart, onAxes, onChart } = props;
  const read = useMemo(() => readChart(chart), [chart]);
  const own = variants.includes(read.variant) || (read.variant === "" && axes !== undefined);
  const variant = own && read.variant !== "" ? read.variant : variants[0];
  const options = own ? read.options : NOTHING;
  const before = useRef(new Map<string, ColumnValues>());
  const column = useMemo(() => {
    const kept = new Map<string, ColumnValues>();
    return (id: string) => {
      const known = kept.get(id);
      if (known) return known;
      const made = columnValues(
        id,
        runs.map((run) => cellOf(run, id)),
      );
      // While runs go on most columns stay as they are, and what is drawn of them too.
      const old = before.current.get(id);
      const found = old && sameColumn(old, made) ? old : made;
      kept.set(id, found);
      before.current.set(id, found);
      return found;
    };
  }, [runs]);
  const chosen = useMemo(() => {
    const known = own ? axes?.filter((id) => parseColumn(id)) : undefined;
    return known?.length ? known : undefined;
  }, [own, axes]);
  return {
    variant,
    options,
    chosen,
    elsewhere: own ? [] : (axes ?? []),
    column,
    change: (change) => {
      const next = writeChart(change.variant ?? variant, { ...options, ...change.options });
      if (next !== chart) onChart(next);
      // Axes of another chart would be taken for this one's own from now on.
      const nextAxes = change.axes ?? (own || !axes ? undefined : []);
      if (nextAxes) onAxes([...nextAxes]);
    },
  };
}

const NOTHING = {};

/** What was made first for a key, until the key changes: axes must not jump about while runs go on. */
export function useKept<T>(key: string, make: () => T): T {
  const kept = useRef<{ key: string; value: T }>(null);
  if (kept.current?.key !== key) kept.current = { key, value: make() };
  return kept.current.value;
}

/** The list of before, as long as it has the same things in it. */
export function useSame<T>(list: readonly T[]): readonly T[] {
  const kept = useRef(list);
  const same = kept.current.length === list.length && list.every((one, i) => one === kept.current[i]);
  if (!same) kept.current = list;
  return kept.current;
}

/** Changes when so much more is known of runs that a choice of axes is made anew. */
export function dataKey({ runs, columns, axes }: AnalysisProps): string {
  const known = Object.keys(runs[0]?.values ?? {}).length;
  return JSON.stringify([columns, axes, known, Math.floor(Math.log2(runs.length + 1))]);
}

/** A run's value as text, in the unit of its column. */
export function cellText(id: string, cell: Cell, language: string): string {
  if (typeof cell === "number") {
    const unit = unitOf(id);
    if (unit === "time") return formatTime(cell, language);
    if (unit === "duration") return formatDuration(cell, language);
  }
  return formatValue(cell);
}

/** How a table shows the values of a column: numbers of a metric all with the same decimals. */
export function cellFormat(column: ColumnValues, language: string): (cell: Cell) => string {
  const metric = column.kind === "number" && column.id.startsWith("metrics.");
  const format = metric ? columnFormat(column.numbers) : null;
  return (cell) => (typeof cell === "number" && format ? format(cell) : cellText(column.id, cell, language));
}

/** The name of a column as people see it. */
export function useColumnName(): (id: string) => string {
  const names = useText().runs;
  return useMemo(() => (id: string) => columnName(id, names), [names]);
}
