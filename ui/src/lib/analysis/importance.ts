/** How much each parameter has to do with a metric: by rank correlation, and by a random forest. */

import { type Feature, forestImportance } from "./forest";
import { randomOf, shuffled } from "./random";
import { type RankCorrelation, ranks, spearman } from "./rank-correlation";

export interface ImportanceParam {
  id: string;
  /** Numbers, NaN where a run has none; or numbers of categories, -1 where a run has none. */
  values: Float64Array | Int32Array;
  kind: "number" | "category";
  /** Two categories that mean no and yes: there is a sense in "rises with it". */
  binary?: boolean;
}

export interface ImportanceInput {
  target: Float64Array;
  params: readonly ImportanceParam[];
  /** Whether the forest is told the ranks of the metric instead of its values. */
  ranked: boolean;
}

export interface ParamImportance {
  id: string;
  kind: "number" | "category";
  /** None for categories, and where too few runs have both values. */
  correlation: RankCorrelation | null;
  /** See `ForestImportance`; null without a forest. */
  growth: number | null;
  /** The part of all parameters' growth, those below zero taken as none; null without a forest. */
  share: number | null;
}

export interface Importance {
  /** Runs with a finite value of the metric. */
  runs: number;
  /** Of these, how many the forest is made of. */
  used: number;
  /** Null when there are too few runs for a forest. */
  r2: number | null;
  params: ParamImportance[];
  /** Parameters that are the same in all runs that have the metric. */
  constant: string[];
}

/** With fewer runs there is no forest: a tree would see hardly any that it does not know. */
export const FEWEST_RUNS = 10;
/** Of more runs, so many are taken at random, the same ones each time. */
export const MOST_RUNS = 2000;
const MOST_BINS = 128;
const SEED = 20_010_101;

export function importanceOf(input: ImportanceInput): Importance {
  const rows: number[] = [];
  for (let i = 0; i < input.target.length; i++) if (Number.isFinite(input.target[i])) rows.push(i);
  const target = Float64Array.from(rows, (row) => input.target[row] ?? Number.NaN);
  const found: ParamImportance[] = [];
  const constant: string[] = [];
  const features: { at: number; feature: Feature }[] = [];
  const sample = sampled(rows.length);
  for (const param of input.params) {
    const values = Float64Array.from(rows, (row) => {
      const value = param.values[row] ?? Number.NaN;
      return param.kind === "category" && value < 0 ? Number.NaN : value;
    });
    if (isConstant(values)) {
      constant.push(param.id);
      continue;
    }
    const correlated = param.kind === "number" || param.binary;
    features.push({ at: found.length, feature: binned(pick(values, sample), param.kind === "number") });
    found.push({
      id: param.id,
      kind: param.kind,
      correlation: correlated ? spearman(values, target) : null,
      growth: null,
      share: null,
    });
  }
  const chosen = pick(target, sample);
  const varies = target.some((one) => one !== target[0]);
  if (rows.length < FEWEST_RUNS || features.length === 0 || !varies) {
    return { runs: rows.length, used: 0, r2: null, params: found, constant };
  }
  const forest = forestImportance(
    features.map((one) => one.feature),
    input.ranked ? ranks(chosen) : chosen,
    {
      trees: treesFor(chosen.length, features.length),
      leaf: chosen.length < 40 ? 2 : 3,
      tries: triesFor(features.length),
      seed: SEED,
    },
  );
  const all = forest.importance.reduce((sum, one) => sum + Math.max(0, one), 0);
  features.forEach(({ at }, i) => {
    const one = found[at];
    const growth = forest.importance[i] ?? 0;
    if (!one) return;
    one.growth = growth;
    one.share = all > 0 ? Math.max(0, growth) / all : 0;
  });
  return { runs: rows.length, used: chosen.length, r2: forest.r2, params: found, constant };
}

/** A third of the features, as is usual for regression, but not fewer than two. */
function triesFor(features: number): number {
  return Math.max(Math.min(2, features), Math.ceil(features / 3));
}

/** Fewer trees for more work, by its size and not by the clock: the numbers must be the same each time. */
function treesFor(runs: number, features: number): number {
  return Math.max(60, Math.min(300, Math.round(30_000_000 / (runs * features))));
}

function sampled(n: number): Int32Array {
  if (n <= MOST_RUNS) return Int32Array.from({ length: n }, (_, i) => i);
  return shuffled(n, randomOf(SEED)).slice(0, MOST_RUNS).sort();
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
}

/** Whether all are the same; a parameter that only some runs have varies. */
function isConstant(values: Float64Array): boolean {
  const first = values[0];
  return values.every((one) => Object.is(one, first) || one === first);
}

/** Values as bins: numbers by rank, of which the first bin is for runs without one; categories, the most frequent first. */
export function binned(values: Float64Array, ordered: boolean): Feature {
  const known = values.filter((one) => !Number.isNaN(one));
  const missing = known.length < values.length ? 1 : 0;
  const bins = new Uint8Array(values.length);
  if (!ordered) {
    const counts = new Map<number, number>();
    for (const one of known) counts.set(one, (counts.get(one) ?? 0) + 1);
    const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([value]) => value);
    const binOf = new Map(frequent.map((value, i) => [value, Math.min(i + missing, 255)]));
    for (let i = 0; i < values.length; i++) bins[i] = binOf.get(values[i] ?? Number.NaN) ?? 0;
    return { bins, size: Math.min(256, frequent.length + missing), ordered };
  }
  const distinct = [...new Set(Float64Array.from(known).sort())];
  const step = Math.max(1, Math.ceil(distinct.length / MOST_BINS));
  const binOf = new Map(distinct.map((value, i) => [value, Math.floor(i / step) + missing]));
  for (let i = 0; i < values.length; i++) bins[i] = binOf.get(values[i] ?? Number.NaN) ?? 0;
  return { bins, size: Math.ceil(distinct.length / step) + missing, ordered };
}
