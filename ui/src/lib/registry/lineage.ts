/** Where the things of a lineage stand in a picture of it: what was made of something is to the right of it. */

import type { Lineage, LineageNode } from "../../api/types";

export interface Placed {
  node: LineageNode;
  /** Its place in the lineage. */
  index: number;
  column: number;
  row: number;
}

export interface Layout {
  placed: Placed[];
  columns: number;
  rows: number;
}

/** Edges that lead from one thing of the lineage to another one. */
const sound = ({ nodes, edges }: Lineage) =>
  edges.filter(({ source, target }) => nodes[source] && nodes[target] && source !== target);

/** Columns by the longest way from what comes of nothing; rows so that a thing is near to what it comes from. */
export function layout(lineage: Lineage): Layout {
  const { nodes } = lineage;
  const edges = sound(lineage);
  const columns = columnsOf(nodes.length, edges);
  const rows = new Map<number, number>();
  const placed: Placed[] = [];
  const count = Math.max(-1, ...columns) + 1;
  let most = 0;
  for (let column = 0; column < count; column++) {
    const near = (index: number): number => {
      const above = edges.flatMap(({ source, target }) => (target === index ? (rows.get(source) ?? []) : []));
      return above.length > 0 ? above.reduce((a, b) => a + b, 0) / above.length : Number.MAX_SAFE_INTEGER;
    };
    const own = [...nodes.keys()].filter((index) => columns[index] === column);
    const wanted = new Map(own.map((index) => [index, near(index)]));
    own.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a - b);
    for (const [row, index] of own.entries()) {
      const node = nodes[index];
      if (!node) continue;
      rows.set(index, row);
      placed.push({ node, index, column, row });
    }
    most = Math.max(most, own.length);
  }
  return { placed, columns: count, rows: most };
}

type Edge = Lineage["edges"][number];

function columnsOf(count: number, edges: readonly Edge[]): number[] {
  const columns = Array.from({ length: count }, () => 0);
  const left = Array.from({ length: count }, () => 0);
  const below = Array.from({ length: count }, (): number[] => []);
  for (const { source, target } of edges) {
    left[target] = (left[target] ?? 0) + 1;
    below[source]?.push(target);
  }
  const todo = [...left.keys()].filter((index) => left[index] === 0);
  for (let index = todo.shift(); index !== undefined; index = todo.shift()) {
    for (const target of below[index] ?? []) {
      columns[target] = Math.max(columns[target] ?? 0, (columns[index] ?? 0) + 1);
      left[target] = (left[target] ?? 0) - 1;
      if (left[target] === 0) todo.push(target);
    }
  }
  return columns;
}

/** What a thing comes from, itself not, the nearest first. */
export function sourcesOf(lineage: Lineage, start: number): LineageNode[] {
  const edges = sound(lineage);
  const seen = new Set([start]);
  // Grows while it is gone through.
  for (const one of seen) for (const { source, target } of edges) if (target === one) seen.add(source);
  seen.delete(start);
  return [...seen].flatMap((index) => lineage.nodes[index] ?? []);
}

/** The filter of runs that used a data set. */
export function datasetFilter([, name = "", digest = ""]: readonly string[], quoted: (text: string) => string): string {
  return `dataset.name = ${quoted(name)} AND dataset.digest = ${quoted(digest)}`;
}
