import { expect, test } from "vitest";
import { fromUnit, lowerBound, scaleAround, toUnit, upperBound } from "./scale";

test("values and places are the reverse of each other", () => {
  for (const scale of [
    { low: -3, high: 9, log: false },
    { low: 1e-3, high: 1e4, log: true },
  ]) {
    for (const unit of [0, 0.25, 1]) expect(toUnit(scale, fromUnit(scale, unit))).toBeCloseTo(unit, 12);
  }
});

test("the whole range of floats fits on an axis", () => {
  const scale = scaleAround(-Number.MAX_VALUE, Number.MAX_VALUE, false, 0.05);
  expect(toUnit(scale, 0)).toBe(0.5);
  expect(fromUnit(scale, 1)).toBe(Number.MAX_VALUE);
  expect(Number.isFinite(scaleAround(5e-324, Number.MAX_VALUE, true, 0.05).high)).toBe(true);
});

test("one value gets room", () => {
  expect(scaleAround(5, 5, false, 0.05)).toEqual({ low: 4.5, high: 5.5, log: false });
  expect(scaleAround(0, 0, false, 0.05)).toEqual({ low: -1, high: 1, log: false });
  const log = scaleAround(10, 10, true, 0.05);
  expect(log.low).toBeLessThan(10);
  expect(log.high).toBeGreaterThan(10);
});

test("nothing of 0 or below has a place on a logarithmic axis", () => {
  expect(toUnit({ low: 1, high: 10, log: true }, 0)).toBeNaN();
  expect(toUnit({ low: 1, high: 10, log: true }, -1)).toBeNaN();
});

test("bounds", () => {
  const x = Float64Array.of(1, 2, 2, 5);
  expect([lowerBound(x, 2), upperBound(x, 2), lowerBound(x, 0), upperBound(x, 9)]).toEqual([1, 3, 0, 4]);
});
