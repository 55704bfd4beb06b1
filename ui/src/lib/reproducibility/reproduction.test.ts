import { expect, test } from "vitest";
import { readReproductions } from "./reproduction";

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
