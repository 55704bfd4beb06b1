import { expect, test } from "vitest";
import { series } from "./series.fixture";
import { concat, logPieces, splice } from "./splice";

test("finer data takes the place of what is in its range", () => {
  const base = series({ x: [0, 10, 20, 30], mean: [0, 1, 2, 3], count: [10, 10, 10, 10] });
  const fine = series({ x: [10, 11, 12, 19], mean: [1, 1.1, 1.2, 1.9] });
  const found = splice(base, fine, [10, 20]);
  expect([...found.x]).toEqual([0, 10, 11, 12, 19, 30]);
  expect([...found.mean]).toEqual([0, 1, 1.1, 1.2, 1.9, 3]);
  expect([...found.count]).toEqual([10, 1, 1, 1, 1, 10]);
  expect(found.points).toBe(40);
});

test("a range without points leaves the points around it", () => {
  const base = series({ x: [0, 100], mean: [1, 2] });
  expect([...splice(base, series({ x: [], mean: [] }), [40, 60]).x]).toEqual([0, 100]);
  expect([...splice(base, series({ x: [], mean: [] }), [200, 300]).x]).toEqual([0, 100]);
});

test("parts that follow each other", () => {
  const found = concat([
    series({ x: [1], mean: [1] }),
    series({ x: [], mean: [] }),
    series({ x: [2, 3], mean: [2, 3] }),
  ]);
  expect([...found.x]).toEqual([1, 2, 3]);
  expect(found.points).toBe(3);
});

test("pieces of a logarithmic axis follow each other without a gap", () => {
  const pieces = logPieces(0, 100_000, 400);
  expect(pieces[0]?.[0]).toBe(0);
  expect(pieces.at(-1)?.[1]).toBe(100_000);
  pieces.slice(1).forEach((piece, i) => {
    expect(piece[0]).toBe((pieces[i]?.[1] ?? 0) + 1);
  });
  expect(pieces).toEqual([
    [0, 390],
    [391, 6250],
    [6251, 100_000],
  ]);
  expect(logPieces(1, 10, 1)).toEqual([[1, 10]]);
  expect(logPieces(-5, -1, 1)).toEqual([[-5, -1]]);
  expect(logPieces(0, 1e18, 1).length).toBeLessThanOrEqual(12);
});
