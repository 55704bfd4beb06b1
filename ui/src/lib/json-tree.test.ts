import { expect, test } from "vitest";
import { jsonRows, jsonText, parseJson } from "./json-tree";

test("what Python writes", () => {
  expect(parseJson('{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \\" NaN"}')).toEqual({
    a: Number.NaN,
    b: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    c: 'NaN " NaN',
  });
  expect(() => parseJson("{a: 1}")).toThrow(SyntaxError);
  expect(() => parseJson("")).toThrow(SyntaxError);
  expect(parseJson('{"__proto__": 1}')).toEqual(JSON.parse('{"__proto__": 1}'));
});

test("rows", () => {
  const rows = jsonRows({ a: [1, { b: null }], c: "x" }, new Set());
  expect(rows.map(({ level, key, size, open }) => [level, key, size, open])).toEqual([
    [0, null, 2, true],
    [1, "a", 2, true],
    [2, 0, null, false],
    [2, 1, 1, true],
    [3, "b", null, false],
    [1, "c", null, false],
  ]);
  expect(jsonRows({ a: [1] }, new Set(['/"a"'])).map((row) => row.id)).toEqual(["", '/"a"']);
});

test("keys with slashes have rows of their own", () => {
  const ids = jsonRows({ "a/b": { c: 1 }, a: { "b/c": 1 } }, new Set()).map((row) => row.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("deep nesting and large arrays", () => {
  const deep = parseJson(`${"[".repeat(5_000)}${"]".repeat(5_000)}`);
  expect(jsonRows(deep, new Set()).length).toBe(4);
  const large = jsonRows(
    Array.from({ length: 100_000 }, (_, i) => i),
    new Set(),
  );
  expect(large.length).toBe(100_001);
});

test("texts of values", () => {
  expect(jsonText('a"b')).toBe('"a\\"b"');
  expect(jsonText([1])).toBe("[…]");
  expect(jsonText(Number.NaN)).toBe("NaN");
  expect(jsonText("x".repeat(1_000)).length).toBe(503);
});
