import { describe, expect, test } from "vitest";
import { convexHull, type Point } from "./convex-hull";
import { isolines } from "./isolines";
import { GRID, surfaceOf } from "./surface";

describe("the convex hull", () => {
  test("of a square with points inside and on its sides", () => {
    const points: Point[] = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0.5, 0.5],
      [0.5, 0],
      [0, 0],
    ];
    expect(convexHull(points)).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ]);
  });

  test("of points on a line has no area", () => {
    expect(
      convexHull([
        [0, 0],
        [1, 1],
        [2, 2],
      ]).length,
    ).toBeLessThan(3);
    expect(convexHull([])).toEqual([]);
  });
});

describe("the surface", () => {
  test("stays between the least and the greatest value, and goes near each", () => {
    const x = [0, 1, 0, 1, 0.5];
    const y = [0, 0, 1, 1, 0.5];
    const { values } = surfaceOf(x, y, [0, 1, 1, 0, 5]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(5);
    expect(values[0]).toBeLessThan(0.2);
    expect(values[GRID * (GRID / 2) + GRID / 2]).toBeGreaterThan(4);
  });

  test("has the mean of runs at one place, and leaves out what has no number", () => {
    const { values } = surfaceOf([0.5, 0.5, 0.1, Number.NaN], [0.5, 0.5, 0.1, 0], [2, 4, Number.NaN, 100]);
    expect(values.every((one) => Math.abs(one - 3) < 1e-9)).toBe(true);
  });

  test("of nothing is nothing, of very many points is quick and near", () => {
    expect(surfaceOf([], [], []).values.every(Number.isNaN)).toBe(true);
    const n = 5000;
    const x = Float64Array.from({ length: n }, (_, i) => (i * 0.618034) % 1);
    const y = Float64Array.from({ length: n }, (_, i) => i / n);
    const { values } = surfaceOf(x, y, x);
    expect(values[10]).toBeCloseTo(10 / (GRID - 1), 1);
  });
});

describe("isolines", () => {
  const grid = (rows: number[][]) => ({ size: rows.length, values: Float64Array.from(rows.flat()) });
  const area = (ring: readonly Point[]) =>
    ring.reduce((sum, [x, y], i) => {
      const [nx, ny] = ring[(i + 1) % ring.length] ?? [0, 0];
      return sum + (x * ny - nx * y) / 2;
    }, 0);

  test("go around a peak", () => {
    const rings = isolines(
      grid([
        [0, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
      ]),
      0.5,
    );
    expect(rings).toHaveLength(1);
    expect(rings[0]).toHaveLength(4);
    expect(area(rings[0] ?? [])).toBeCloseTo(0.125, 12);
  });

  test("close along the border", () => {
    const rings = isolines(
      grid([
        [1, 1],
        [1, 1],
      ]),
      0.5,
    );
    expect(rings).toHaveLength(1);
    expect(area(rings[0] ?? [])).toBeCloseTo(1, 12);
  });

  test("have a hole run the other way", () => {
    const high = [1, 1, 1, 1, 1];
    const rings = isolines(grid([high, high, [1, 1, 0, 1, 1], high, high]), 0.5);
    expect(rings.map((ring) => Math.sign(area(ring))).sort()).toEqual([-1, 1]);
  });

  test("of a saddle are apart or joined by its middle", () => {
    expect(
      isolines(
        grid([
          [1, 0],
          [0, 1],
        ]),
        0.6,
      ),
    ).toHaveLength(2);
    expect(
      isolines(
        grid([
          [1, 0],
          [0, 1],
        ]),
        0.4,
      ),
    ).toHaveLength(1);
    expect(
      isolines(
        grid([
          [0, 1],
          [1, 0],
        ]),
        0.6,
      ),
    ).toHaveLength(2);
    expect(
      isolines(
        grid([
          [0, 1],
          [1, 0],
        ]),
        0.4,
      ),
    ).toHaveLength(1);
  });

  test("are where the height is, by area, for a slope", () => {
    const rows = Array.from({ length: 11 }, () => Array.from({ length: 11 }, (_, x) => x / 10));
    for (const level of [0.13, 0.5, 0.77]) {
      const rings = isolines(grid(rows), level);
      expect(rings).toHaveLength(1);
      expect(area(rings[0] ?? [])).toBeCloseTo(1 - level, 9);
    }
  });

  test("are none above the top", () => {
    expect(
      isolines(
        grid([
          [0, 1],
          [1, 0],
        ]),
        2,
      ),
    ).toEqual([]);
  });
});
