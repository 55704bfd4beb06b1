/** Lines of one height on a grid, by marching squares. */

import type { Point } from "./convex-hull";
import type { Grid } from "./surface";

/** Corners of a cell, as bits: (0, 0), (1, 0), (1, 1), (0, 1). Edges: 0 below, 1 right, 2 above, 3 left. */
const SEGMENTS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[0, 3]],
  [[1, 0]],
  [[1, 3]],
  [[2, 1]],
  [],
  [[2, 0]],
  [[2, 3]],
  [[3, 2]],
  [[0, 2]],
  [],
  [[1, 2]],
  [[3, 1]],
  [[0, 1]],
  [[3, 0]],
  [],
];
/** The two cells whose opposite corners are high: apart, or joined where the middle of the cell is high too. */
const SADDLES: Record<number, readonly (readonly (readonly [number, number])[])[]> = {
  5: [
    [
      [0, 3],
      [2, 1],
    ],
    [
      [0, 1],
      [2, 3],
    ],
  ],
  10: [
    [
      [1, 0],
      [3, 2],
    ],
    [
      [3, 0],
      [1, 2],
    ],
  ],
};

/**
 * The borders of where the grid is at least `level`, as closed rings with x and y from 0 to 1. The outside of the grid
 * counts as low. Nodes without a number are low too.
 */
export function isolines(grid: Grid, level: number): Point[][] {
  const size = grid.size;
  const wide = size + 2;
  const heightAt = (x: number, y: number) => {
    if (x < 1 || y < 1 || x > size || y > size) return Number.NEGATIVE_INFINITY;
    const value = grid.values[(y - 1) * size + x - 1] ?? Number.NaN;
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  // The edge at which a piece begins, and that at which it ends: high ground is on its left.
  const next = new Map<number, number>();
  const edgeOf = (x: number, y: number, edge: number) => {
    if (edge === 0) return 2 * (y * wide + x);
    if (edge === 1) return 2 * (y * wide + x + 1) + 1;
    if (edge === 2) return 2 * ((y + 1) * wide + x);
    return 2 * (y * wide + x) + 1;
  };
  for (let y = 0; y <= size; y++) {
    for (let x = 0; x <= size; x++) {
      const corners = [heightAt(x, y), heightAt(x + 1, y), heightAt(x + 1, y + 1), heightAt(x, y + 1)];
      const code = corners.reduce((bits, height, i) => (height >= level ? bits | (1 << i) : bits), 0);
      const saddle = SADDLES[code];
      const middle = corners.reduce((sum, height) => sum + height / 4, 0) >= level ? 1 : 0;
      for (const [from, to] of (saddle ? saddle[middle] : SEGMENTS[code]) ?? []) {
        next.set(edgeOf(x, y, from), edgeOf(x, y, to));
      }
    }
  }
  const pointOf = (edge: number): Point => {
    const node = edge >> 1;
    const [x, y] = [node % wide, Math.floor(node / wide)];
    const [dx, dy] = edge & 1 ? [0, 1] : [1, 0];
    const [a, b] = [heightAt(x, y), heightAt(x + dx, y + dy)];
    const part = a === Number.NEGATIVE_INFINITY ? 1 : b === Number.NEGATIVE_INFINITY ? 0 : (level - a) / (b - a);
    return [(x + dx * part - 1) / (size - 1), (y + dy * part - 1) / (size - 1)];
  };
  const rings: Point[][] = [];
  while (next.size > 0) {
    const ring: Point[] = [];
    for (let edge = next.keys().next().value; edge !== undefined; ) {
      const to: number | undefined = next.get(edge);
      next.delete(edge);
      if (to !== undefined) ring.push(pointOf(edge));
      edge = to;
    }
    rings.push(ring);
  }
  return rings;
}
