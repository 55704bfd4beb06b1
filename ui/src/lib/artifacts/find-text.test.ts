import { expect, test } from "vitest";
import { findAll } from "./find-text";

test("all places, whatever the case", () => {
  expect(findAll(["Loss loss", "", "LOSS 学習"], "loss")).toEqual([
    { line: 0, at: 0 },
    { line: 0, at: 5 },
    { line: 2, at: 0 },
  ]);
  expect(findAll(["aaa"], "aa")).toEqual([{ line: 0, at: 0 }]);
  expect(findAll(["a"], "")).toEqual([]);
  expect(findAll(["aaaa"], "a", 2)).toHaveLength(2);
});
