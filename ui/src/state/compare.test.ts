import { expect, test } from "vitest";
import { type CompareSearch, givenDirection, readCompareSearch, toggled, withDirection } from "./compare";

test("what is understood", () => {
  const whole: CompareSearch = {
    runs: ["a", "b"],
    tab: "artifacts",
    all: true,
    q: "lr",
    stat: "min",
    base: "a",
    up: ["loss"],
    hide: ["tags"],
    open: ["params:x"],
    path: "a/b.png",
    look: "side",
    whole: true,
    x: "time",
    smooth: 0.5,
    range: [1, 2],
    size: 2,
  };
  expect(readCompareSearch({ ...whole })).toEqual(whole);
});

test.each<[Record<string, unknown>, CompareSearch]>([
  [{}, { runs: [] }],
  [{ runs: [123, "a", "a", null, {}] }, { runs: ["123", "a"] }],
  [{ runs: "a,b" }, { runs: ["a", "b"] }],
  [{ runs: 5 }, { runs: ["5"] }],
  [{ runs: {}, tab: "x", stat: "last", base: {}, hide: ["x"], up: [], size: 9 }, { runs: [] }],
])("%j", (given, search) => {
  expect(readCompareSearch(given)).toEqual(search);
});

test("directions", () => {
  const search: CompareSearch = { runs: [], up: ["a"], down: ["b"] };
  expect(givenDirection(search, "a")).toBe("up");
  expect(givenDirection(search, "c")).toBeNull();
  expect(withDirection(search, "a", "down")).toEqual({ up: undefined, down: ["b", "a"], flat: undefined });
  expect(withDirection(search, "b", null)).toEqual({ up: ["a"], down: undefined, flat: undefined });
  expect(withDirection({ runs: [] }, "b", "none")).toEqual({ up: undefined, down: undefined, flat: ["b"] });
});

test("lists", () => {
  expect(toggled(undefined, "a")).toEqual(["a"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  expect(toggled(["a"], "a")).toBeUndefined();
});
