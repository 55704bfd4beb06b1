import { expect, test } from "vitest";
import type { Difference } from "../../api/types";
import { changedGroups, changedMetrics, sameGroups } from "./difference";

const NOTHING: Difference = {
  run_id: "a",
  other_run_id: "b",
  code: { facts: [], files: [], diff: "", diff_is_whole: true },
  packages: [],
  host: [],
  variables: [],
  seeds: [],
  params: [],
  data: [],
  metrics: [],
  problems: [],
};

const change = (name: string) => ({ name, before: "1", after: null });
const metric = (key: string, before: number | string | null, after: number | string | null) => ({
  key,
  before,
  after,
  difference: null,
});

test("what differs comes with its number, files of the code too", () => {
  const difference: Difference = {
    ...NOTHING,
    packages: [change("numpy")],
    params: [change("a"), change("b")],
    code: { facts: [change("commit")], files: [{ path: "x", status: "added" }], diff: "", diff_is_whole: true },
  };
  expect(changedGroups(difference).map(({ kind, count }) => [kind, count])).toEqual([
    ["code", 2],
    ["params", 2],
    ["packages", 1],
  ]);
  expect(sameGroups(difference)).toEqual(["data", "host", "seeds", "variables"]);
});

test("what could not be compared is not said to be the same", () => {
  expect(sameGroups({ ...NOTHING, params: [change("a")], problems: ["Run a was not captured."] })).toEqual(["data"]);
});

test("metrics that change most come first, those of one run alone before them", () => {
  const { metrics, same } = changedMetrics({
    ...NOTHING,
    metrics: [
      metric("small", 1, 1.01),
      metric("equal", 3, 3),
      metric("nan", "NaN", "NaN"),
      metric("great", 0.2, 0.5),
      metric("new", null, 4),
      metric("odd", 1, "NaN"),
    ],
  });
  expect(metrics.map(({ key, before, after, change }) => [key, before, after, change])).toEqual([
    ["new", "", "4", ""],
    ["odd", "1", "NaN", ""],
    ["great", "0.2", "0.5", "+150 %"],
    ["small", "1", "1.01", "+1 %"],
  ]);
  expect(same).toBe(2);
});

test("numbers that hardly differ are told apart", () => {
  const { metrics } = changedMetrics({ ...NOTHING, metrics: [metric("loss", 0.1, 0.1 + 2 ** -56)] });
  expect(metrics[0]).toMatchObject({ before: "0.1", after: "0.10000000000000002", change: "+1.4e−17" });
});

test("what was zero has no per cent", () => {
  const { metrics } = changedMetrics({ ...NOTHING, metrics: [metric("loss", 0, -2)] });
  expect(metrics[0]).toMatchObject({ before: "0", after: "−2", change: "−2" });
});
