import { expect, test } from "vitest";
import { asList, asObject, asText, leaves, parseJson } from "./json";

test("what is no JSON is nothing", () => {
  expect(parseJson("{")).toBeUndefined();
  expect(parseJson("")).toBeUndefined();
  expect(parseJson(undefined)).toBeUndefined();
  expect(parseJson("[1]")).toEqual([1]);
});

test("shapes are told apart", () => {
  expect(asObject([])).toBeNull();
  expect(asObject(null)).toBeNull();
  expect(asObject({ a: 1 })).toEqual({ a: 1 });
  expect(asList("ab")).toEqual([]);
  expect(asText({})).toBe("");
  expect(asText(3)).toBe("3");
});

test("leaves with their paths", () => {
  expect(leaves({ a: { b: [1, 2] }, c: [{ d: "x" }], e: null })).toEqual([
    ["a.b", "1, 2"],
    ["c[0].d", "x"],
    ["e", "null"],
  ]);
  expect(leaves(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [i, i])), 5)).toHaveLength(5);
  expect(leaves(7)).toEqual([["", "7"]]);
});
