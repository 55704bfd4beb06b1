/** What changed between two runs, and what it did. */

import { type Difference, type MetricDifference, toNumber } from "../../api/types";
import { formatChange, formatExact, formatNumber } from "../format";

export const CHANGED = ["code", "params", "packages", "data", "host", "seeds", "variables"] as const;
/** What may have changed. */
export type Changed = (typeof CHANGED)[number];

type Change = Difference["params"][number];

export interface ChangedGroup {
  kind: Changed;
  changes: readonly Change[];
  /** How many things changed; files of the code are counted, too. */
  count: number;
}

/** What differs, the likeliest causes first; groups in which nothing does are left out. */
export function changedGroups(difference: Difference): ChangedGroup[] {
  return CHANGED.flatMap((kind) => {
    const changes = kind === "code" ? difference.code.facts : difference[kind];
    const count = changes.length + (kind === "code" ? difference.code.files.length : 0);
    return count > 0 ? [{ kind, changes, count }] : [];
  });
}

/** What is the same in both as far as that is known: where something could not be compared, only what the server itself has. */
export function sameGroups(difference: Difference): Changed[] {
  const differ = new Set(changedGroups(difference).map(({ kind }) => kind));
  const known: readonly Changed[] = difference.problems.length > 0 ? ["params", "data"] : CHANGED;
  return known.filter((kind) => !differ.has(kind));
}

export interface ChangedMetric {
  key: string;
  before: string;
  after: string;
  /** In per cent, or as a number where that has no meaning; "" where a run has none. */
  change: string;
  /** Null for what is no number. */
  numbers: [before: number | null, after: number | null];
}

const numberOf = (value: MetricDifference["before"]): number | null => (value === null ? null : toNumber(value));

/** The metrics that differ, those whose change is the greatest part of what they were first; and how many are the same. */
export function changedMetrics(difference: Difference): { metrics: ChangedMetric[]; same: number } {
  const differ = difference.metrics.filter(({ before, after }) => before !== after);
  const metrics = differ.map((one): ChangedMetric => {
    const numbers: ChangedMetric["numbers"] = [numberOf(one.before), numberOf(one.after)];
    const [before, after] = texts(numbers);
    return { key: one.key, before, after, change: changeText(numbers), numbers };
  });
  metrics.sort((a, b) => weight(b.numbers) - weight(a.numbers) || (a.key < b.key ? -1 : 1));
  return { metrics, same: difference.metrics.length - differ.length };
}

/** With all digits where fewer do not tell them apart. */
function texts(numbers: ChangedMetric["numbers"]): [string, string] {
  const as = (format: (value: number) => string) =>
    numbers.map((value) => (value === null ? "" : format(value))) as [string, string];
  const short = as((value) => formatNumber(value));
  return short[0] === short[1] ? as(formatExact) : short;
}

/** Smaller parts of a number are told as what they are. */
const LEAST_PART = 1e-6;

function changeText([before, after]: ChangedMetric["numbers"]): string {
  if (before === null || after === null || !Number.isFinite(after - before)) return "";
  const change = after - before;
  const percent = formatChange(after, before);
  if (percent && Math.abs(change / before) >= LEAST_PART) return percent;
  return `${change > 0 ? "+" : ""}${formatNumber(change, 2)}`;
}

function weight([before, after]: ChangedMetric["numbers"]): number {
  if (before === null || after === null || !Number.isFinite(before) || !Number.isFinite(after))
    return Number.POSITIVE_INFINITY;
  return Math.abs(after - before) / Math.max(Math.abs(before), Math.abs(after));
}
