import { expect, test } from "vitest";
import { type Curve, makeCurve, seriesShape } from "./curves";
import { series } from "./series.fixture";
import { viewOf } from "./view";

const curve = (given: Parameters<typeof series>[0]): Curve =>
  makeCurve({ id: "a", name: "a", colour: "#000000" }, seriesShape(series(given)), 0);

const plain = { range: undefined, logx: false, logy: false };

test("all of the data, with its spikes", () => {
  const found = viewOf([curve({ x: [0, 5, 9], mean: [1, 1, 1], min: [0, 1, 1], max: [1, 100, 1] })], plain);
  expect(found.x).toEqual({ low: 0, high: 9, log: false });
  expect(found.y.low).toBeLessThan(0);
  expect(found.y.high).toBeGreaterThan(100);
});

test("y fits what is in the range of x", () => {
  const found = viewOf([curve({ x: [0, 1, 2], mean: [100, 2, 4] })], { ...plain, range: [1, 2] });
  expect(found.x).toEqual({ low: 1, high: 2, log: false });
  expect(found.y.high).toBeLessThan(5);
});

test("a logarithmic axis leaves out what is not above 0, and says so", () => {
  const found = viewOf([curve({ x: [0, 1, 10], mean: [1, -1, 1] }), curve({ x: [1, 2], mean: [1, 2] })], {
    ...plain,
    logx: true,
    logy: true,
  });
  expect(found).toMatchObject({ hiddenX: 1, hiddenY: 1, impossibleX: false, impossibleY: false });
  expect(found.x).toEqual({ low: 1, high: 10, log: true });
  expect(found.y.log).toBe(true);
  expect(found.y.low).toBeGreaterThan(0);
});

test("with nothing above 0 the axis is linear", () => {
  const found = viewOf([curve({ x: [-2, 0], mean: [-1, 0] })], { ...plain, logx: true, logy: true });
  expect(found).toMatchObject({ impossibleX: true, impossibleY: true, hiddenX: 0, hiddenY: 0 });
  expect(found.x).toEqual({ low: -2, high: 0, log: false });
});

test("a band that reaches below 0 keeps its upper part", () => {
  const found = viewOf([curve({ x: [1, 2], mean: [1, 2], min: [-1, 1], max: [3, 4] })], { ...plain, logy: true });
  expect(found.hiddenY).toBe(1);
  expect(found.y.high).toBeGreaterThan(4);
});

test("one point, no point, and a range that begins at 0 on a logarithmic axis", () => {
  expect(viewOf([curve({ x: [7], mean: [3] })], plain).x).toEqual({ low: 6, high: 8, log: false });
  expect(viewOf([], plain)).toMatchObject({ x: { low: 0, high: 1 }, impossibleX: false });
  const found = viewOf([curve({ x: [0, 1, 100], mean: [1, 2, 3] })], { ...plain, logx: true, range: [0, 100] });
  expect(found.x).toEqual({ low: 1, high: 100, log: true });
});

test("only values that are not finite", () => {
  const found = viewOf([curve({ x: [0, 1], mean: [Number.NaN, Number.POSITIVE_INFINITY] })], { ...plain, logy: true });
  expect(found.impossibleY).toBe(false);
  expect(found.y.low).toBeLessThan(found.y.high);
});
