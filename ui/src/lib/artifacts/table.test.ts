import { expect, test } from "vitest";
import type { Json } from "../json-tree";
import { cellNumber, numericColumns, sortedRows, tableOfJson, tableOfLines, tableOfRecords } from "./table";

const IMAGE = { type: "image", filepath: "table_images/t/a.png", compressed_filepath: "table_images/t/a.webp" };

test("tables of log_table", () => {
  expect(tableOfJson({ columns: ["a", 2], data: [[1, null], ["x", IMAGE], [[1, 2]]] })).toEqual({
    columns: ["a", "2"],
    rows: [
      [1, null],
      ["x", { image: "table_images/t/a.png", thumbnail: "table_images/t/a.webp" }],
      ["[1,2]", null],
    ],
  });
});

test.each<Json>([
  null,
  1,
  [],
  {},
  { columns: [], data: [] },
  { columns: ["a"], data: [1] },
  { columns: [[1]], data: [] },
])("%j is no table", (value) => {
  expect(tableOfJson(value)).toBeNull();
});

test("records", () => {
  expect(tableOfRecords([{ a: 1 }, { b: "x", a: 2 }])).toEqual({
    columns: ["a", "b"],
    rows: [
      [1, null],
      [2, "x"],
    ],
  });
  expect(tableOfRecords([{ a: 1 }, 2])).toBeNull();
  expect(tableOfLines('{"a": 1}\n{"a": 2}\n{"a"', false)?.rows).toEqual([[1], [2]]);
  expect(tableOfLines("x\ny", true)).toBeNull();
});

test.each<[string | number | boolean | null, number | null]>([
  ["1", 1],
  [" -1.5e3 ", -1500],
  [".5", 0.5],
  ["NaN", Number.NaN],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["", null],
  ["1a", null],
  ["2020-01-01", null],
  [true, null],
])("%j is the number %j", (cell, number) => {
  expect(cellNumber(cell)).toBe(number);
});

test("sorting", () => {
  const table = {
    columns: ["v", "w"],
    rows: [
      ["10", "b"],
      ["9", "a"],
      ["", "c"],
      ["nan", "a"],
      ["x", "a"],
    ],
  };
  expect(numericColumns(table)).toEqual([false, false]);
  expect(sortedRows(table, 0, false)).toEqual([1, 0, 4, 2, 3]);
  expect(sortedRows(table, 0, true)).toEqual([4, 0, 1, 2, 3]);
  expect(sortedRows(table, 1, false)).toEqual([1, 3, 4, 0, 2]);
  expect(numericColumns({ columns: ["a"], rows: [["1"], [""], ["2.5"]] })).toEqual([true]);
});
