/** Parts of axes that select runs: a run is selected when each brushed axis has it in its part. */

import type { ColumnValues } from "./column-values";

export interface Brush {
  /** From the one number to the other, both included. */
  range?: readonly [number, number];
  /** Categories. */
  values?: readonly string[];
  /** Also the runs without a value. */
  none?: boolean;
}

/** By column ids. */
export type Brushes = Readonly<Record<string, Brush>>;

/** Which runs a brush on a column lets through. */
function passes(column: ColumnValues, brush: Brush): (run: number) => boolean {
  if (column.kind === "number") {
    const [low, high] = brush.range ?? [Number.NaN, Number.NaN];
    return (run) => {
      const value = column.numbers[run] ?? Number.NaN;
      return Number.isNaN(value) ? brush.none === true : value >= low && value <= high;
    };
  }
  const wanted = new Set(brush.values ?? []);
  const allowed = column.categories.map((category) => wanted.has(category));
  return (run) => {
    const code = column.codes[run] ?? -1;
    return code < 0 ? brush.none === true : allowed[code] === true;
  };
}

/** Of each run whether it is selected; null when nothing is brushed. Brushes on columns that are not shown do nothing. */
export function selectedRuns(columns: readonly ColumnValues[], brushes: Brushes, runs: number): Uint8Array | null {
  const active = columns.flatMap((column) => {
    const brush = brushes[column.id];
    return brush ? [passes(column, brush)] : [];
  });
  if (active.length === 0) return null;
  return Uint8Array.from({ length: runs }, (_, run) => (active.every((pass) => pass(run)) ? 1 : 0));
}

/** `0.1~0.5`, `=adam~sgd`, with `!` before it when runs without a value are in; the reverse of `readBrush`. */
export function writeBrush(brush: Brush): string {
  const none = brush.none ? "!" : "";
  if (brush.range) return `${none}${brush.range[0]}~${brush.range[1]}`;
  return brush.values ? `${none}=${brush.values.map(encoded).join("~")}` : none;
}

export function readBrush(text: string): Brush | null {
  const none = text.startsWith("!");
  const rest = none ? text.slice(1) : text;
  const so = none ? { none } : {};
  if (rest === "") return none ? so : null;
  if (rest.startsWith("=")) {
    try {
      return { ...so, values: rest.slice(1).split("~").map(decodeURIComponent) };
    } catch {
      return null;
    }
  }
  const parts = rest.split("~").map(Number);
  const [low = Number.NaN, high = Number.NaN] = parts;
  return parts.length === 2 && low <= high ? { ...so, range: [low, high] } : null;
}

/** `~` is what separates, and one of the few that encodeURIComponent leaves as they are. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("~", "%7E");
}
