import { expect, test } from "vitest";
import { makeCurve, seriesShape } from "./curves";
import { findNear, nearestIndex } from "./nearest";
import { series } from "./series.fixture";
import { viewOf } from "./view";

test("the nearest of sorted values", () => {
  const x = Float64Array.of(0, 10, 20);
  expect([-5, 4, 6, 15, 99].map((value) => nearestIndex(x, value))).toEqual([0, 0, 1, 1, 2]);
  expect(nearestIndex(new Float64Array(0), 1)).toBe(-1);
});

test("curves by their distance from the pointer; one that has ended is not among them", () => {
  const make = (id: string, x: number[], mean: number[]) =>
    makeCurve({ id, name: id, colour: "#000000" }, seriesShape(series({ x, mean, runId: id })), 0);
  const curves = [
    make("low", [0, 50, 100], [0, 0, 0]),
    make("high", [0, 50, 100], [10, 10, 10]),
    make("short", [0, 10], [5, 5]),
    make("gap", [0, 50, 100], [1, Number.NaN, 1]),
  ];
  const view = viewOf(curves, { range: undefined, logx: false, logy: false });
  const near = findNear(curves, view, { left: 250, top: 5, width: 500, height: 200 });
  expect(near.map((one) => one.curve.id)).toEqual(["high", "low", "gap"]);
  expect(near[0]?.index).toBe(1);
  expect(near[2]?.away).toBe(Number.POSITIVE_INFINITY);
});
