/** Which columns a chart of many runs shows when nobody has chosen: what was varied, and the metric people look at first. */

import { parseColumn } from "../columns";
import { type ColumnValues, numbersOf } from "./column-values";
import { effectOf } from "./effect";
import type { Direction } from "./pareto";

const word = (words: string) => new RegExp(`(?:^|[^a-z])(?:${words})(?:$|[^a-z])`, "i");

const LESS = word(
  "err|errors?|r?msl?e|ma[ep]e?|mse|nll|bpb|bpc|wer|cer|fid|ece|ppl|time|duration|latency|seconds|memory|size|cost|flops",
);
const LESS_ANYWHERE = /loss|perplexity|entropy|diverg|distance/i;
const SYSTEM = /^system(?:[/._-]|$)/i;
const HELD_OUT = word("val|valid|validation|dev|eval|test|holdout|cv|oof");
const QUALITY = word(
  "acc|accuracy|f1|auc|auroc|roc|map|ap|m?iou|dice|bleu|rouge|ndcg|mrr|r2|score|reward|return|kappa|mcc|precision|recall|top[15]",
);
const FIT = word("r?mse|mae|mape|nll|ppl|perplexity|error");
const FIT_ANYWHERE = /loss/i;
const CHANCE = word("seed|random|fold|trial|index|idx|port|pid");

/** A key with its words apart: `valLoss` as `val_Loss`. */
function wordsOf(id: string): string {
  return (parseColumn(id)?.key ?? "").replace(/([a-z])([A-Z])/g, "$1_$2");
}

/** Which end of a metric is the good one, by its name; the greater one unless the name says otherwise. */
export function betterOf(id: string): Direction {
  const key = wordsOf(id);
  return id === "attributes.duration" || LESS.test(key) || LESS_ANYWHERE.test(key) ? "min" : "max";
}

/** How likely a metric is the one that a run is judged by. */
export function metricRank(id: string): number {
  const column = parseColumn(id);
  if (column?.kind !== "metrics") return -100;
  const key = wordsOf(id);
  if (SYSTEM.test(key)) return -50;
  const held = HELD_OUT.test(key) ? 4 : 0;
  const kind = QUALITY.test(key) ? 3 : FIT.test(key) || FIT_ANYWHERE.test(key) ? 2 : 0;
  // The best over a run is asked for by the one who adds the column; it comes after the last value.
  return held + kind - (column.aggregate === "last" ? 0 : 0.5);
}

/** The metric that was looked at last, by the columns of another chart. */
export function lookedAt(columns: readonly string[]): string | undefined {
  return columns.findLast((id) => id.startsWith("metrics."));
}

/** Metrics that vary over the runs, that most runs have, the best known first; before all the one that was `looked` at. */
export function rankedMetrics(columns: readonly ColumnValues[], looked?: string): ColumnValues[] {
  const most = Math.max(1, ...columns.map((column) => column.count));
  return columns
    .map((column, at) => ({ column, at, rank: metricRank(column.id) + (column.count >= most / 2 ? 10 : 0) }))
    .map((one) => (one.column.id === looked ? { ...one, rank: 1000 } : one))
    .filter(({ column }) => column.id.startsWith("metrics.") && column.kind === "number" && column.distinct > 1)
    .sort((a, b) => b.rank - a.rank || a.at - b.at)
    .map(({ column }) => column);
}

/**
 * Params that vary, those with which most of the metric's differences go first; before them those that most runs have,
 * after them seeds and what has nearly as many texts as there are runs.
 */
export function rankedParams(columns: readonly ColumnValues[], metric?: ColumnValues): ColumnValues[] {
  const most = Math.max(1, ...columns.map((column) => column.count));
  const rank = (column: ColumnValues) =>
    (column.count >= most / 2 ? 4 : 0) +
    (metric?.kind === "number" ? effectOf(column, metric) : 0) -
    (column.kind === "category" && column.distinct > 12 ? 6 : 0) -
    (CHANCE.test(wordsOf(column.id)) ? 3 : 0);
  return columns
    .filter((column) => column.id.startsWith("params.") && column.distinct > 1)
    .map((column, at) => ({ column, at, rank: rank(column) }))
    .sort((a, b) => b.rank - a.rank || a.at - b.at)
    .map(({ column }) => column);
}

/** Axes of parallel coordinates: params in the order of the columns, then the metric that colours the lines. */
export function parallelAxes(columns: readonly ColumnValues[], looked?: string, most = 8): string[] {
  const metrics = rankedMetrics(columns, looked);
  const params = rankedParams(columns, metrics[0]).slice(0, most - 2);
  const order = new Map(columns.map((column, at) => [column.id, at]));
  const shown = params.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0)).map((column) => column.id);
  const others = metrics.slice(1, Math.min(shown.length >= 3 ? 2 : 4, most - shown.length)).map((column) => column.id);
  const target = metrics[0]?.id;
  return [...shown, ...others.reverse(), ...(target ? [target] : [])];
}

/**
 * x, y and colour of a scatter plot: a param that nearly all runs have, of numbers if there is one, else another metric; the
 * metric; and a param or metric that is not the same in all runs that have a place then.
 */
export function scatterAxes(columns: readonly ColumnValues[], looked?: string): string[] {
  const metrics = rankedMetrics(columns, looked);
  const params = rankedParams(columns, metrics[0]);
  const most = Math.max(0, ...columns.map((column) => column.count));
  const common = params.filter((column) => column.count >= NEARLY_ALL * most);
  const tuned = (column: ColumnValues) => column.kind === "number" && !CHANCE.test(wordsOf(column.id));
  const x = common.find(tuned) ?? metrics[1] ?? common[0] ?? params[0];
  const others = [...params, ...metrics].filter((column) => column !== x);
  const y = metrics.find((column) => column !== x) ?? others[0];
  if (!x || !y) return distinct([x, y]);
  const [xs, ys] = [numbersOf(x), numbersOf(y)];
  const placed = Array.from(xs.keys()).filter((run) => !Number.isNaN(xs[run]) && !Number.isNaN(ys[run]));
  const colours = others.filter((column) => {
    if (column === y) return false;
    const values = numbersOf(column);
    const known = placed.map((run) => values[run] ?? Number.NaN).filter((value) => !Number.isNaN(value));
    return known.length >= NEARLY_ALL * placed.length && known.some((value) => value !== known[0]);
  });
  return distinct([x, y, colours[0]]);
}

const NEARLY_ALL = 0.9;

/** x and y of a contour, params if there are, and the metric that is the height. */
export function contourAxes(columns: readonly ColumnValues[], looked?: string): string[] {
  const metrics = rankedMetrics(columns, looked);
  const params = rankedParams(columns, metrics[0]).filter((column) => column.kind === "number");
  const [x, y] = [...params, ...metrics.slice(1)];
  return distinct([x, y, metrics[0]]);
}

/** What runs are grouped by, categories if there are, and the metric whose spread is shown. */
export function boxAxes(columns: readonly ColumnValues[], looked?: string): string[] {
  const [metric] = rankedMetrics(columns, looked);
  const params = rankedParams(columns, metric);
  const few = params.find((column) => column.kind === "category" && column.distinct <= 30);
  return distinct([few ?? params[0], metric]);
}

function distinct(columns: readonly (ColumnValues | undefined)[]): string[] {
  return [...new Set(columns.flatMap((column) => (column ? [column.id] : [])))];
}
