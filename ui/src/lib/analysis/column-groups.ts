/** Runs in groups by their values of a column. */

import { type Scale, tickLabel } from "./column-scale";
import type { ColumnValues, NumberColumn } from "./column-values";

export interface Group {
  label: string;
  /** Positions of the runs. */
  runs: number[];
}

export interface Groups {
  groups: Group[];
  /** How many groups there are, also those left out. */
  all: number;
  /** Whether the groups are ranges of numbers. */
  ranges: boolean;
}

/** More different numbers than this are cut into ranges. */
const MOST_VALUES = 20;
const RANGES = 8;
const MOST_GROUPS = 30;

/** Groups in the order of the values; the largest when there are very many. Runs without a value are in none. */
export function groupsBy(column: ColumnValues, scale: Scale, language: string): Groups {
  const ranges = column.kind === "number" && column.distinct > MOST_VALUES;
  const found = ranges ? byRange(column, scale, language) : byValue(column, scale, language);
  if (found.length <= MOST_GROUPS) return { groups: found, all: found.length, ranges };
  const kept = new Set([...found].sort((a, b) => b.runs.length - a.runs.length).slice(0, MOST_GROUPS));
  return { groups: found.filter((group) => kept.has(group)), all: found.length, ranges };
}

function byValue(column: ColumnValues, scale: Scale, language: string): Group[] {
  if (column.kind === "category") {
    const found = column.categories.map((label): Group => ({ label, runs: [] }));
    column.codes.forEach((code, run) => void found[code]?.runs.push(run));
    return found;
  }
  const found = new Map<number, Group>();
  column.numbers.forEach((value, run) => {
    if (Number.isNaN(value)) return;
    const group = found.get(value) ?? { label: tickLabel(scale, value, language), runs: [] };
    group.runs.push(run);
    found.set(value, group);
  });
  return [...found].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Ranges of one width along the axis: on a logarithmic one, of one ratio. */
function byRange(column: NumberColumn, scale: Scale, language: string): Group[] {
  const bounds = Array.from({ length: RANGES + 1 }, (_, i) => scale.fromUnit(i / RANGES));
  const label = (value: number) =>
    column.unit === "number"
      ? tickLabel(scale, Number(value.toPrecision(2)), language)
      : tickLabel(scale, value, language);
  const found = Array.from(
    { length: RANGES },
    (_, i): Group => ({
      label: `${label(bounds[i] ?? 0)}–${label(bounds[i + 1] ?? 0)}`,
      runs: [],
    }),
  );
  column.numbers.forEach((value, run) => {
    const unit = scale.toUnit(value);
    if (!Number.isNaN(unit)) found[Math.min(RANGES - 1, Math.max(0, Math.floor(unit * RANGES)))]?.runs.push(run);
  });
  return found.filter((group) => group.runs.length > 0);
}
