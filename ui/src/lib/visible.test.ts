import { expect, test } from "vitest";
import { toggled, visibleIds } from "./visible";

const IDS = ["a", "b", "c", "d", "e"];

test("the first, the pinned and what is switched", () => {
  expect([...visibleIds(IDS, { first: 2 })]).toEqual(["a", "b"]);
  expect([...visibleIds(IDS, { first: 1, pin: ["e"], on: ["c"], off: ["a"] })]).toEqual(["c", "e"]);
  expect([...visibleIds(IDS, { first: 0 })]).toEqual([]);
  expect([...visibleIds(IDS, {})]).toEqual(IDS);
  expect([...visibleIds(IDS, { on: ["not there"], first: 1 })]).toEqual(["a"]);
});

test("a click on an eye turns what is shown, and a second click turns it back", () => {
  for (const start of [{ first: 2 }, { first: 2, on: ["d"] }, { first: 2, off: ["a"] }, { first: 0, pin: ["c"] }]) {
    for (const id of IDS) {
      const once = { ...start, ...toggled(IDS, start, id) };
      expect(visibleIds(IDS, once).has(id)).toBe(!visibleIds(IDS, start).has(id));
      const twice = { ...once, ...toggled(IDS, once, id) };
      expect([...visibleIds(IDS, twice)]).toEqual([...visibleIds(IDS, start)]);
    }
  }
});
