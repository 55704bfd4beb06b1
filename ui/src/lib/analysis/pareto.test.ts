import { describe, expect, test } from "vitest";
import { paretoFront } from "./pareto";

const x = [1, 2, 3, 4, 2, Number.NaN, 1];
const y = [9, 5, 6, 1, 5, 0, 9];

describe("the Pareto front", () => {
  test("of least and least, with twins and without what is no number", () => {
    expect(paretoFront(x, y, "min", "min")).toEqual([0, 6, 1, 4, 3]);
  });

  test("of most and least is in the order of x too", () => {
    expect(paretoFront(x, y, "max", "min")).toEqual([3]);
  });

  test("of most and most", () => {
    expect(paretoFront([1, 2, 3, 2], [3, 2, 1, 1], "max", "max")).toEqual([0, 1, 2]);
  });

  test("of least and most", () => {
    expect(paretoFront([1, 2, 3], [1, 5, 4], "min", "max")).toEqual([0, 1]);
  });

  test("of the same x has the best y only", () => {
    expect(paretoFront([1, 1, 1], [3, 1, 2], "min", "min")).toEqual([1]);
  });

  test("of nothing", () => {
    expect(paretoFront([], [], "min", "min")).toEqual([]);
  });
});
