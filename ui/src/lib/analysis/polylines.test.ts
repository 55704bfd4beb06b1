import { expect, test } from "vitest";
import { dotsPath, linePath, nearestLine } from "./polylines";

const xs = [0, 100, 200];
const ys = Float32Array.of(0, 0, 100, 50, 100, 0);

test("the nearest line between two axes", () => {
  expect(nearestLine(xs, ys, 50, 4, 10, null)).toBe(0);
  expect(nearestLine(xs, ys, 50, 70, 10, null)).toBe(1);
  expect(nearestLine(xs, ys, 50, 35, 10, null)).toBe(-1);
  expect(nearestLine(xs, ys, 150, 49, 10, null)).toBe(0);
});

test("only of those that are allowed", () => {
  expect(nearestLine(xs, ys, 150, 52, 10, Uint8Array.of(0, 1))).toBe(1);
});

test("at the ends and beyond", () => {
  expect(nearestLine(xs, ys, -5, 49, 10, null)).toBe(1);
  expect(nearestLine(xs, ys, 205, 99, 10, null)).toBe(0);
  expect(nearestLine(xs, ys, -50, 49, 10, null)).toBe(-1);
  expect(nearestLine([50], Float32Array.of(1, 30), 52, 28, 10, null)).toBe(1);
  expect(nearestLine([], new Float32Array(), 0, 0, 10, null)).toBe(-1);
});

test("a path", () => {
  expect(linePath(xs, ys, 1)).toBe("M0.0,50.0L100.0,100.0L200.0,0.0");
});

test("dots", () => {
  expect(
    dotsPath([
      [1, 2],
      [3.14, 4],
    ]),
  ).toBe("M1.0,2.0h0M3.1,4.0h0");
});
