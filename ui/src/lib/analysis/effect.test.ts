import { expect, test } from "vitest";
import { columnValues, type NumberColumn } from "./column-values";
import { effectOf } from "./effect";
import { randomOf } from "./random";

const N = 400;
const random = randomOf(1);
const x = Array.from({ length: N }, () => random());
const noise = Array.from({ length: N }, () => random());
const metric = (values: (number | null)[]) => columnValues("metrics.m", values) as NumberColumn;

test("a valley is seen, noise is not", () => {
  const valley = metric(x.map((one, i) => (one - 0.5) ** 2 + 0.01 * (noise[i] ?? 0)));
  expect(effectOf(columnValues("params.x", x.map(String)), valley)).toBeGreaterThan(0.8);
  expect(effectOf(columnValues("params.n", noise.map(String)), valley)).toBeLessThan(0.1);
});

test("categories are seen, as many texts as runs are not", () => {
  const nets = x.map((one) => (one > 0.5 ? "large" : "small"));
  const target = metric(x.map((one, i) => (one > 0.5 ? 2 : 1) + 0.1 * (noise[i] ?? 0)));
  expect(effectOf(columnValues("params.net", nets), target)).toBeGreaterThan(0.9);
  expect(
    effectOf(
      columnValues(
        "params.id",
        x.map((_, i) => `id ${i}`),
      ),
      target,
    ),
  ).toBe(0);
});

test("without differences there is no effect", () => {
  expect(effectOf(columnValues("params.x", x.map(String)), metric(x.map(() => 1)))).toBe(0);
  expect(
    effectOf(
      columnValues(
        "params.x",
        x.map(() => "1"),
      ),
      metric(x),
    ),
  ).toBe(0);
  expect(effectOf(columnValues("params.x", []), metric([]))).toBe(0);
});
