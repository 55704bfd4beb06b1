import { describe, expect, test } from "vitest";
import { readColumns, readSignature, signatureLines } from "./signature";

describe("types", () => {
  test.each<[object, string]>([
    [{ type: "double" }, "double"],
    [{ type: "tensor", "tensor-spec": { dtype: "float32", shape: [-1, 28, 28] } }, "float32 (?, 28, 28)"],
    [{ type: "tensor", "tensor-spec": { dtype: "str", shape: [] } }, "str ()"],
    [{ type: "tensor" }, "tensor"],
    [{ type: "array", items: { type: "array", items: { type: "long" } } }, "array<array<long>>"],
    [{ type: "map", values: { type: "string" } }, "map<string>"],
    [
      { type: "object", properties: { role: { type: "string" }, name: { type: "string", required: false } } },
      "{role: string, name?: string}",
    ],
    [{ type: "long", shape: [-1] }, "long (?)"],
    [{ dtype: "string", shape: null }, "string"],
    [{ type: "any" }, "any"],
    [{}, ""],
    [{ type: { a: 1 } }, ""],
    [{ type: "array", items: [1] }, "array<>"],
  ])("%j is %s", (given, type) => {
    expect(readColumns([given])).toEqual([{ name: "", type, required: true }]);
  });

  test("what is nested very deeply is cut", () => {
    const deep = Array.from({ length: 100 }).reduce<object>((items) => ({ type: "array", items }), { type: "long" });
    expect(readColumns([deep])?.[0]?.type).toMatch(/^(array<){9}…/);
  });
});

describe("defaults", () => {
  test.each<[string, string]>([
    ["null", "None"],
    ["true", "True"],
    ["0.5", "0.5"],
    ["NaN", "NaN"],
    ['"a\\"b"', '"a\\"b"'],
    ["[1, [2]]", "[1, [2]]"],
    ['{"a": null}', '{"a": None}'],
  ])("%s is %s", (json, fallback) => {
    expect(readColumns(`[{"name": "p", "type": "t", "default": ${json}}]`)?.[0]?.fallback).toBe(fallback);
  });
});

test("parts of a signature", () => {
  const signature = readSignature({
    inputs: '[{"name": "x", "type": "long"}, 3]',
    outputs: [{ type: "string" }],
    params: null,
  });
  expect(signature).toEqual({
    inputs: [{ name: "x", type: "long", required: true }],
    outputs: [{ name: "", type: "string", required: true }],
  });
  expect(signatureLines(signature)).toEqual([
    ["inputs", "x: long"],
    ["outputs", "string"],
  ]);
  const inputs = Array.from({ length: 50 }, (_, i) => ({ name: `c${i}`, type: "long" }));
  expect(signatureLines(readSignature({ inputs }))[0]?.[1]).toMatch(/c29: long, …$/);
});

test.each([undefined, null, 3, "x", [], { inputs: "[" }, { inputs: {} }, { inputs: "null" }])(
  "%j has none",
  (given) => {
    expect(readSignature(given)).toEqual({});
  },
);
