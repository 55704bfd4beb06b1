import { expect, test } from "vitest";
import { groupShape } from "./groups";
import { series } from "./series.fixture";

test("runs with the same steps: mean, least, greatest", () => {
  const found = groupShape(
    [series({ x: [0, 1, 2], mean: [1, 2, 3] }), series({ x: [0, 1, 2], mean: [3, 2, 7] })],
    1000,
  );
  expect([...found.x]).toEqual([0, 1, 2]);
  expect([...found.mean]).toEqual([2, 2, 5]);
  expect([...found.low]).toEqual([1, 2, 3]);
  expect([...found.high]).toEqual([3, 2, 7]);
  expect([...(found.members ?? [])]).toEqual([2, 2, 2]);
});

test("a run that ended earlier counts no more", () => {
  const found = groupShape(
    [series({ x: [0, 1], mean: [0, 0] }), series({ x: [0, 1, 2, 3], mean: [2, 2, 2, 2] })],
    1000,
  );
  expect([...found.mean]).toEqual([1, 1, 2, 2]);
  expect([...(found.members ?? [])]).toEqual([2, 2, 1, 1]);
});

test("a run that logs at other steps counts with its line, and only between its first and last point", () => {
  const found = groupShape(
    [series({ x: [0, 10, 20], mean: [0, 10, 20] }), series({ x: [5, 15], mean: [105, 115] })],
    1000,
  );
  expect([...found.x]).toEqual([0, 5, 10, 15, 20]);
  expect([...found.mean]).toEqual([0, 55, 60, 65, 20]);
  expect([...(found.members ?? [])]).toEqual([1, 2, 2, 2, 1]);
});

test("a run does not count where it is not finite, and says so", () => {
  const found = groupShape(
    [series({ x: [0, 1, 2], mean: [1, Number.NaN, 1] }), series({ x: [0, 1, 2], mean: [3, 3, 3] })],
    1000,
  );
  expect([...found.mean]).toEqual([2, 3, 2]);
  expect([...(found.members ?? [])]).toEqual([2, 1, 2]);
  expect([...found.nonfinite]).toEqual([0, 1, 0]);
});

test("runs weigh the same, however many points they have", () => {
  const found = groupShape(
    [series({ x: [0], mean: [0], count: [1000] }), series({ x: [0], mean: [10], count: [1] })],
    1000,
  );
  expect([...found.mean]).toEqual([5]);
  expect([...found.count]).toEqual([1001]);
});

test("many different x are put on a grid, and no spike is lost", () => {
  const x = (shift: number) => Array.from({ length: 1000 }, (_, i) => i * 10 + shift);
  const one = series({ x: x(0), mean: x(0).map(() => 1) });
  const other = series({ x: x(3), mean: x(3).map((_, i) => (i === 500 ? 99 : 3)) });
  const found = groupShape([one, other], 100);
  expect(found.x).toHaveLength(100);
  expect(Math.max(...found.high)).toBe(99);
  expect(Math.min(...found.low)).toBe(1);
  expect(found.mean[10]).toBeCloseTo(2, 12);
  expect(found.count.reduce((sum, n) => sum + n, 0)).toBe(2000);
  expect([...(found.members ?? [])].every((n) => n === 2)).toBe(true);
});

test("a group of one run is that run, and one of none is empty", () => {
  const one = series({ x: [0, 1], mean: [1, 2] });
  expect(groupShape([one], 1000)).toMatchObject({ mean: one.mean, raw: true });
  expect(groupShape([series({ x: [], mean: [] })], 1000).x).toHaveLength(0);
});
