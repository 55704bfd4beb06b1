import { expect, test } from "vitest";
import { readDetails, readReproductions } from "./reproduction";

const tags = (given: Record<string, string>) => Object.entries(given).map(([key, value]) => ({ key, value }));

test("an original says what came of it", () => {
  const given = { "kiseki.reproduced": "diverged", "kiseki.reproducedBy": "b" };
  expect(readReproductions(tags(given))).toEqual([{ of: "original", verdict: "diverged", other: "b" }]);
});

test("a run that could not be run again has no other run", () => {
  expect(readReproductions(tags({ "kiseki.reproduced": "not_runnable" }))).toEqual([
    { of: "original", verdict: "not_runnable", other: "" },
  ]);
});

test("a reproduction says of what; one that is running has no verdict", () => {
  expect(readReproductions(tags({ "kiseki.reproduces": "a" }))).toEqual([
    { of: "reproduction", verdict: null, other: "a" },
  ]);
});

test("a reproduction may have been reproduced itself", () => {
  const given = {
    "kiseki.reproduces": "a",
    "kiseki.reproduction.verdict": "identical",
    "kiseki.reproduced": "within_tolerance",
    "kiseki.reproducedBy": "c",
  };
  expect(readReproductions(tags(given))).toEqual([
    { of: "original", verdict: "within_tolerance", other: "c" },
    { of: "reproduction", verdict: "identical", other: "a" },
  ]);
});

test("other words are no verdict", () => {
  expect(readReproductions(tags({ "kiseki.reproduced": "perfect" }))).toEqual([]);
});

test("a run with other arguments says from which it comes", () => {
  expect(readReproductions(tags({ "kiseki.forkedFrom": "a" }))).toEqual([{ of: "fork", verdict: null, other: "a" }]);
});

test("the details of a reproduction are read", () => {
  const given = {
    verdict: "diverged",
    text: "1 of 2 metrics differ.",
    tolerance: 0.01,
    metrics_compared: 2,
    points_compared: 20,
    metrics: [{ key: "loss", step: 3, before: 0.5, after: "NaN", relative: null, relative_step: 3 }],
    params: [{ name: "rate", before: "1", after: null }],
    artifacts_compared: 1,
    artifacts: [{ path: "model.pkl", status: "changed" }],
    causes: [{ kind: "seed", text: "numpy was not seeded." }],
    notes: ["kiseki differs."],
  };
  expect(readDetails(JSON.stringify(given))).toEqual({
    text: "1 of 2 metrics differ.",
    tolerance: 0.01,
    metricsCompared: 2,
    pointsCompared: 20,
    metrics: [{ key: "loss", step: 3, before: 0.5, after: Number.NaN, relative: null }],
    params: [{ key: "rate", before: "1", after: "" }],
    artifactsCompared: 1,
    artifacts: [{ path: "model.pkl", status: "changed" }],
    causes: [{ kind: "seed", text: "numpy was not seeded." }],
    notes: ["kiseki differs."],
  });
});

test("what is no object has no details", () => {
  expect(readDetails("[]")).toBeNull();
  expect(readDetails("{")).toBeNull();
});
