/**
 * A random forest of regression trees (Breiman, 2001) and what it says of its features.
 *
 * Features come in at most 256 bins. A tree splits where the squared error falls most; categories are first put in the
 * order of their means in the node, which finds the best split of all (Breiman et al., 1984, 9.4).
 */

import { randomOf, shuffled } from "./random";

export interface Feature {
  /** The bin of each row. */
  bins: Uint8Array;
  /** How many bins there are, 256 at most. */
  size: number;
  /** Whether the order of the bins means something. */
  ordered: boolean;
}

export interface ForestOptions {
  trees: number;
  /** The fewest rows of a leaf. */
  leaf: number;
  /** How many features are tried at each split. */
  tries: number;
  seed: number;
}

export interface ForestImportance {
  /**
   * The share of the variance that the forest explains on rows that each tree had not seen (out of bag): 1 is all, 0 no
   * more than the mean would, below 0 less.
   */
  r2: number;
  /**
   * By how much the squared error on such rows grows when the feature's values are shuffled among them, in variances of
   * the target; the mean over the trees.
   */
  importance: Float64Array;
}

interface Tree {
  feature: Int32Array;
  left: Int32Array;
  right: Int32Array;
  value: Float64Array;
  /** Of each node, which bins go to the left. */
  goesLeft: (Uint8Array | null)[];
}

interface Split {
  feature: number;
  gain: number;
  goesLeft: Uint8Array;
}

export function forestImportance(
  features: readonly Feature[],
  target: Float64Array,
  options: ForestOptions,
): ForestImportance {
  const n = target.length;
  const random = randomOf(options.seed);
  const mean = target.reduce((sum, one) => sum + one, 0) / n;
  const variance = target.reduce((sum, one) => sum + (one - mean) ** 2, 0) / n;
  const importance = new Float64Array(features.length);
  if (n < 2 || variance === 0 || features.length === 0) return { r2: 0, importance };

  const sums = new Float64Array(n);
  const votes = new Uint32Array(n);
  let counted = 0;
  for (let t = 0; t < options.trees; t++) {
    const inBag = new Uint8Array(n);
    const rows = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const row = Math.floor(random() * n);
      rows[i] = row;
      inBag[row] = 1;
    }
    const out: number[] = [];
    for (let i = 0; i < n; i++) if (!inBag[i]) out.push(i);
    const tree = grow(features, target, rows, options, random);
    if (out.length < 2) continue;
    counted++;
    let error = 0;
    for (const row of out) {
      const guess = predict(tree, features, row);
      sums[row] = (sums[row] ?? 0) + guess;
      votes[row] = (votes[row] ?? 0) + 1;
      error += (guess - (target[row] ?? 0)) ** 2;
    }
    for (const j of new Set(tree.feature)) {
      if (j < 0) continue;
      const order = shuffled(out.length, random);
      let worse = 0;
      for (let i = 0; i < out.length; i++) {
        const row = out[i] ?? 0;
        const guess = predict(tree, features, row, j, out[order[i] ?? 0] ?? 0);
        worse += (guess - (target[row] ?? 0)) ** 2;
      }
      importance[j] = (importance[j] ?? 0) + (worse - error) / out.length / variance;
    }
  }
  for (let j = 0; j < importance.length; j++) importance[j] = (importance[j] ?? 0) / Math.max(1, counted);

  let error = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const voted = votes[i] ?? 0;
    if (voted === 0) continue;
    error += ((sums[i] ?? 0) / voted - (target[i] ?? 0)) ** 2;
    total += ((target[i] ?? 0) - mean) ** 2;
  }
  return { r2: total === 0 ? 0 : 1 - error / total, importance };
}

/** What a tree says of a row, with the value of feature `changed` taken from another row. */
function predict(tree: Tree, features: readonly Feature[], row: number, changed = -1, from = 0): number {
  let node = 0;
  for (;;) {
    const feature = tree.feature[node] ?? -1;
    if (feature < 0) return tree.value[node] ?? 0;
    const bin = features[feature]?.bins[feature === changed ? from : row] ?? 0;
    node = (tree.goesLeft[node]?.[bin] ? tree.left[node] : tree.right[node]) ?? 0;
  }
}

function grow(
  features: readonly Feature[],
  target: Float64Array,
  rows: Int32Array,
  options: ForestOptions,
  random: () => number,
): Tree {
  const most = 2 * rows.length;
  const tree: Tree = {
    feature: new Int32Array(most).fill(-1),
    left: new Int32Array(most),
    right: new Int32Array(most),
    value: new Float64Array(most),
    goesLeft: [null],
  };
  let nodes = 1;
  const open: [node: number, start: number, end: number][] = [[0, 0, rows.length]];
  const other = new Int32Array(rows.length);
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, start, end] = next;
    let sum = 0;
    for (let i = start; i < end; i++) sum += target[rows[i] ?? 0] ?? 0;
    tree.value[node] = sum / (end - start);
    if (end - start < 2 * options.leaf) continue;
    const split = bestSplit(features, target, rows, start, end, sum, options, random);
    if (!split) continue;
    const bins = features[split.feature]?.bins;
    let middle = start;
    let moved = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i] ?? 0;
      if (split.goesLeft[bins?.[row] ?? 0]) rows[middle++] = row;
      else other[moved++] = row;
    }
    rows.set(other.subarray(0, moved), middle);
    tree.feature[node] = split.feature;
    tree.goesLeft[node] = split.goesLeft;
    tree.left[node] = nodes;
    tree.right[node] = nodes + 1;
    open.push([nodes, start, middle], [nodes + 1, middle, end]);
    nodes += 2;
  }
  return tree;
}

const counts = new Float64Array(256);
const totals = new Float64Array(256);

/** The split of some rows that lessens the squared error most; null when none does. */
function bestSplit(
  features: readonly Feature[],
  target: Float64Array,
  rows: Int32Array,
  start: number,
  end: number,
  sum: number,
  options: ForestOptions,
  random: () => number,
): Split | null {
  const n = end - start;
  const order = shuffled(features.length, random);
  let best: Split | null = null as Split | null;
  let tried = 0;
  for (const j of order) {
    if (tried >= options.tries) break;
    const feature = features[j];
    if (!feature) continue;
    counts.fill(0, 0, feature.size);
    totals.fill(0, 0, feature.size);
    for (let i = start; i < end; i++) {
      const row = rows[i] ?? 0;
      const bin = feature.bins[row] ?? 0;
      counts[bin] = (counts[bin] ?? 0) + 1;
      totals[bin] = (totals[bin] ?? 0) + (target[row] ?? 0);
    }
    const present: number[] = [];
    for (let bin = 0; bin < feature.size; bin++) if (counts[bin]) present.push(bin);
    // A feature that is the same for all of these rows is no try.
    if (present.length < 2) continue;
    tried++;
    if (!feature.ordered) {
      const meanOf = (bin: number) => (totals[bin] ?? 0) / (counts[bin] ?? 1);
      present.sort((a, b) => meanOf(a) - meanOf(b) || a - b);
    }
    let leftCount = 0;
    let leftSum = 0;
    let found = -1;
    let gain: number = best?.gain ?? 1e-12 * (1 + Math.abs(sum));
    for (let k = 0; k < present.length - 1; k++) {
      leftCount += counts[present[k] ?? 0] ?? 0;
      leftSum += totals[present[k] ?? 0] ?? 0;
      if (leftCount < options.leaf || n - leftCount < options.leaf) continue;
      const now = leftSum ** 2 / leftCount + (sum - leftSum) ** 2 / (n - leftCount) - sum ** 2 / n;
      if (now > gain) {
        gain = now;
        found = k;
      }
    }
    if (found >= 0) best = { feature: j, gain, goesLeft: leftBins(feature, present, found) };
  }
  return best;
}

function leftBins(feature: Feature, present: readonly number[], last: number): Uint8Array {
  const goesLeft = new Uint8Array(feature.size);
  if (feature.ordered) {
    // Halfway to the next bin, as a threshold between the values would be.
    const end = Math.floor(((present[last] ?? 0) + (present[last + 1] ?? 0)) / 2);
    goesLeft.fill(1, 0, end + 1);
    return goesLeft;
  }
  const sizeOf = (bins: readonly number[]) => bins.reduce((so, bin) => so + (counts[bin] ?? 0), 0);
  const left = present.slice(0, last + 1);
  // Categories that this node has not seen go where most rows go.
  if (sizeOf(left) > sizeOf(present.slice(last + 1))) {
    goesLeft.fill(1);
    for (const bin of present.slice(last + 1)) goesLeft[bin] = 0;
  } else {
    for (const bin of left) goesLeft[bin] = 1;
  }
  return goesLeft;
}
