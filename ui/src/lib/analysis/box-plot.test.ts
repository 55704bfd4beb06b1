import { describe, expect, test } from "vitest";
import { boxOf, quantile } from "./box-plot";

describe("quantiles of type 7", () => {
  // numpy.quantile([1, 2, 3, 4], p), R's quantile(c(1, 2, 3, 4), p, type = 7)
  test.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [0.75, 3.25],
    [1, 4],
  ])("at %s", (p, expected) => {
    expect(quantile([1, 2, 3, 4], p)).toBeCloseTo(expected, 12);
  });

  test("of one value and of none", () => {
    expect(quantile([7], 0.25)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe("boxes", () => {
  test("whiskers end at values, and what is beyond them is an outlier", () => {
    const box = boxOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 30]);
    expect(box).toEqual({
      n: 10,
      min: 1,
      q1: 3.25,
      median: 5.5,
      q3: 7.75,
      max: 30,
      low: 1,
      high: 9,
      outliers: [9],
    });
  });

  test("leaves out what is not finite, and keeps positions", () => {
    const box = boxOf([Number.NaN, 100, 1, 1, 1, 1, Number.POSITIVE_INFINITY]);
    expect(box?.n).toBe(5);
    expect(box?.outliers).toEqual([1]);
  });

  test("of the same values is a line, of none is none", () => {
    expect(boxOf([2, 2, 2])).toMatchObject({ q1: 2, q3: 2, low: 2, high: 2, outliers: [] });
    expect(boxOf([Number.NaN])).toBeNull();
  });
});
