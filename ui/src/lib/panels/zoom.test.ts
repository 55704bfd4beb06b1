import { expect, test } from "vitest";
import { pan, rangeOf, zoom } from "./zoom";

const whole = { low: 0, high: 1000, log: false };
const part = { low: 400, high: 600, log: false };

test("a part of a scale, in whole numbers", () => {
  expect(rangeOf(whole, 0.25, 0.1)).toEqual([100, 250]);
  expect(rangeOf({ low: 1, high: 10_000, log: true }, 0.5, 1)).toEqual([100, 10_000]);
  expect(rangeOf({ low: 5, high: 5.5, log: false }, 0, 0)).toBeNull();
});

test("closer, farther, and all of it", () => {
  expect(zoom(part, whole, 0.5)).toEqual([450, 550]);
  expect(zoom(part, whole, 2, 0)).toEqual([400, 800]);
  expect(zoom(part, whole, 8)).toBeUndefined();
});

test("not closer than two steps", () => {
  expect(zoom({ low: 7, high: 8, log: false }, whole, 0.5)).toEqual([7, 8]);
});

test("to the side, not beyond the end", () => {
  expect(pan(part, whole, 0.5)).toEqual([500, 700]);
  expect(pan({ low: 900, high: 1000, log: false }, whole, 0.5)).toEqual([900, 1000]);
});
