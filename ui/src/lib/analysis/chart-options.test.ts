import { expect, test } from "vitest";
import { readChart, writeChart } from "./chart-options";

test.each([
  ["", {}],
  ["box", {}],
  ["scatter", { log: "x", pareto: "min.max" }],
  ["parallel", { "b:metrics.`val & loss`": "0.1~2", "b:params.名": "a?b=c" }],
])("%s with %o, both ways", (variant, options) => {
  expect(readChart(writeChart(variant, options))).toEqual({ variant, options });
});

test("what is not chosen is left out", () => {
  expect(writeChart("box", { log: undefined })).toBe("box");
  expect(readChart(undefined)).toEqual({ variant: "", options: {} });
});
