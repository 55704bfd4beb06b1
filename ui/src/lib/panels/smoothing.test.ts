import { expect, test } from "vitest";
import { smooth } from "./smoothing";

/** TensorBoard's own loop, on points. */
function tensorboard(values: number[], weight: number): number[] {
  let last = 0;
  let seen = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    seen++;
    return last / (1 - weight ** seen);
  });
}

const ones = (n: number) => new Uint32Array(n).fill(1);

test("raw points are smoothed as in TensorBoard", () => {
  const values = [3, 1, 4, 1, 5, Number.NaN, 9, 2, 6];
  const found = [...smooth(Float64Array.from(values), ones(9), 0.9)];
  tensorboard(values, 0.9).forEach((value, i) => {
    if (Number.isNaN(value)) expect(found[i]).toBeNaN();
    else expect(found[i]).toBeCloseTo(value, 12);
  });
});

test("a constant stays what it is, and no weight changes nothing", () => {
  expect([...smooth(Float64Array.of(2, 2, 2), ones(3), 0.99)]).toEqual([2, 2, 2]);
  expect([...smooth(Float64Array.of(1, 5, 2), ones(3), 0)]).toEqual([1, 5, 2]);
});

test("buckets of one size are smoothed as points, whatever the size", () => {
  const values = Float64Array.of(1, 2, 8, 4);
  expect(smooth(values, new Uint32Array(4).fill(100), 0.8)).toEqual(smooth(values, ones(4), 0.8));
});

test("a bucket with few points pulls less", () => {
  const values = Float64Array.of(0, 0, 10, 0);
  const full = smooth(values, Uint32Array.of(50, 50, 50, 50), 0.5);
  const few = smooth(values, Uint32Array.of(50, 50, 1, 50), 0.5);
  expect(few[2]).toBeLessThan((full[2] ?? 0) / 10);
});

test("gaps stay gaps, also at the start", () => {
  const found = smooth(Float64Array.of(Number.NaN, 4, Number.NaN, 8), ones(4), 0.5);
  expect(found[0]).toBeNaN();
  expect(found[1]).toBe(4);
  expect(found[2]).toBeNaN();
  expect(smooth(new Float64Array(0), ones(0), 0.5)).toHaveLength(0);
});
