import { describe, expect, test } from "vitest";
import { columnValues, isBinary, numbersOf, sameColumn } from "./column-values";

describe("numbers", () => {
  test("are read from the texts of params", () => {
    const column = columnValues("params.lr", ["1e-4", "0.1", " .5", null, "None", ""]);
    expect(column).toMatchObject({ kind: "number", count: 3, distinct: 3, low: 1e-4, high: 0.5, wide: true });
    expect([...numbersOf(column)]).toEqual([1e-4, 0.1, 0.5, Number.NaN, Number.NaN, Number.NaN]);
  });

  test("of metrics may be not finite", () => {
    const column = columnValues("metrics.loss", [1, Number.NaN, Number.POSITIVE_INFINITY, 0]);
    expect(column).toMatchObject({ kind: "number", count: 2, low: 0, high: 1, lowPositive: 1, wide: false });
  });

  test.each([[["0x10"]], [["1,5"]], [["2024-01-01"]], [["1", "2", "many"]], [["None"]]])("%o are none", (cells) => {
    expect(columnValues("params.p", cells).kind).toBe("category");
  });

  test("a metric that no run has is a column of no numbers", () => {
    expect(columnValues("metrics.m", [null, null])).toMatchObject({ kind: "number", count: 0, low: Number.NaN });
  });

  test("times and lengths of time", () => {
    expect(columnValues("attributes.start_time", [1, 2])).toMatchObject({ unit: "time" });
    expect(columnValues("attributes.duration", [1, null])).toMatchObject({ unit: "duration", count: 1 });
  });
});

describe("categories", () => {
  test("are in their natural order", () => {
    const column = columnValues("params.net", ["a10", "a2", null, "A1", "a2"]);
    expect(column).toMatchObject({ kind: "category", categories: ["A1", "a2", "a10"], count: 4, distinct: 3 });
    expect([...numbersOf(column)]).toEqual([2, 1, Number.NaN, 0, 1]);
  });

  test("of no and yes", () => {
    const binary = (cells: string[]) => {
      const column = columnValues("params.p", cells);
      return column.kind === "category" && isBinary(column);
    };
    expect(binary(["True", "False"])).toBe(true);
    expect(binary(["yes", "no", "no"])).toBe(true);
    expect(binary(["adam", "sgd"])).toBe(false);
    expect(binary(["True", "False", "maybe"])).toBe(false);
  });
});

test("columns that say the same are the same", () => {
  const of = (...cells: (string | null)[]) => columnValues("params.p", cells);
  expect(sameColumn(of("1", null), of("1.0", null))).toBe(true);
  expect(sameColumn(of("1", null), of("1", "2"))).toBe(false);
  expect(sameColumn(of("a", "b"), of("a", "b"))).toBe(true);
  expect(sameColumn(of("a", "b"), of("a", "c"))).toBe(false);
  expect(sameColumn(of("a"), of("1"))).toBe(false);
});
