import { expect, test } from "vitest";
import { groupRuns, summarise } from "./run-groups";

test("groups keep the order of the runs", () => {
  const runs = [
    { id: 1, lr: "0.1" },
    { id: 2, lr: null },
    { id: 3, lr: "0.1" },
  ];
  expect(groupRuns(runs, (run) => run.lr)).toEqual([
    { value: "0.1", runs: [runs[0], runs[2]] },
    { value: null, runs: [runs[1]] },
  ]);
});

test("numbers, and texts that are numbers, are summed up; the rest is left out", () => {
  expect(summarise([1, "3", null, Number.NaN, Number.POSITIVE_INFINITY, "x", ""])).toEqual({
    mean: 2,
    min: 1,
    max: 3,
    n: 2,
    deviation: Math.SQRT2,
  });
  expect(summarise(["a", null])).toBeNull();
  expect(summarise([5])?.deviation).toBeNaN();
});
