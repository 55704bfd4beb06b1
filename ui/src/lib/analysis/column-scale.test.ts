import { describe, expect, test } from "vitest";
import {
  linearScale,
  linearTicks,
  logPossible,
  logScale,
  logTicks,
  scaleOf,
  tickLabel,
  ticksOf,
  ticksOfColumn,
  unitsOf,
} from "./column-scale";
import { columnValues } from "./column-values";

const numbers = (...values: number[]) => columnValues("metrics.m", values);

describe("scales", () => {
  test.each([
    [linearScale(-2, 6), 0, 0.25],
    [logScale(0.01, 100), 1, 0.5],
  ])("there and back", (scale, value, unit) => {
    expect(scale.toUnit(value)).toBeCloseTo(unit, 12);
    expect(scale.fromUnit(unit)).toBeCloseTo(value, 12);
  });

  test("are logarithmic by themselves when all is positive and two decades apart", () => {
    expect(scaleOf(numbers(0.001, 0.2)).kind).toBe("log");
    expect(scaleOf(numbers(0.0001, 0.001, 0.01)).kind).toBe("log");
    expect(scaleOf(numbers(0.02, 1)).kind).toBe("linear");
    expect(scaleOf(numbers(-1, 1e6)).kind).toBe("linear");
    expect(scaleOf(numbers(0, 1e6)).kind).toBe("linear");
  });

  test("are what was chosen where that can be", () => {
    expect(scaleOf(numbers(0.001, 0.2), { kind: "linear" }).kind).toBe("linear");
    expect(scaleOf(numbers(0, 1, 5), { kind: "log" })).toMatchObject({ kind: "log", low: 1, high: 5 });
    expect(scaleOf(numbers(-3, 0), { kind: "log" }).kind).toBe("linear");
    expect(logPossible(numbers(-3, 0))).toBe(false);
  });

  test("have room around one value, and around none", () => {
    expect(scaleOf(numbers(4, 4))).toMatchObject({ low: 2, high: 6 });
    expect(scaleOf(numbers(0))).toMatchObject({ low: -1, high: 1 });
    expect(scaleOf(numbers(8, 8), { kind: "log" })).toMatchObject({ low: 4, high: 16 });
    expect(scaleOf(numbers())).toMatchObject({ low: 0, high: 1 });
  });

  test("are padded by a part of themselves", () => {
    expect(scaleOf(numbers(0, 10), { pad: 0.1 })).toMatchObject({ low: -1, high: 11 });
    const log = scaleOf(numbers(1, 1000), { pad: 1 / 3 });
    expect(log.low).toBeCloseTo(0.1, 12);
    expect(log.high).toBeCloseTo(10_000, 8);
  });

  test("a zero has no place on a logarithmic axis", () => {
    const column = numbers(0, 1, 10);
    expect([...unitsOf(column, scaleOf(column, { kind: "log" }))]).toEqual([Number.NaN, 0, 1]);
  });

  test("categories are in the middle of their bands", () => {
    const column = columnValues("params.p", ["b", "a", null, "d", "c"]);
    const scale = scaleOf(column);
    expect([...unitsOf(column, scale)]).toEqual([0.375, 0.125, Number.NaN, 0.875, 0.625]);
    expect(ticksOf(scale, 10).map((tick) => tick.label)).toEqual(["a", "b", "c", "d"]);
    expect(ticksOf(scale, 2).map((tick) => tick.label)).toEqual(["a", "c"]);
  });
});

describe("ticks", () => {
  test("of even steps have the same decimals", () => {
    expect(ticksOf(linearScale(0.89, 0.93), 4).map((tick) => tick.label)).toEqual([
      "0.89",
      "0.90",
      "0.91",
      "0.92",
      "0.93",
    ]);
    expect(ticksOf(logScale(0.01, 1), 3).map((tick) => tick.label)).toEqual(["0.01", "0.1", "1"]);
  });

  test("are round numbers", () => {
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(-0.13, 0.27, 4)).toEqual([-0.1, 0, 0.1, 0.2]);
    expect(linearTicks(2, 8, 4)).toEqual([2, 4, 6, 8]);
    expect(linearTicks(1e9, 1.3e9, 3)).toEqual([1e9, 1.1e9, 1.2e9, 1.3e9]);
  });

  test("are the values themselves where a param has few", () => {
    const values = (id: string, ...cells: number[]) => {
      const column = columnValues(id, cells);
      return ticksOfColumn(column, scaleOf(column), 6).map((tick) => tick.value);
    };
    expect(values("params.p", 100, 500, 1000, 500)).toEqual([100, 500, 1000]);
    expect(values("params.p", 1, 1.001, 1000)).toHaveLength(10);
    expect(values("metrics.m", 0.7134, 0.8139)).toEqual([0.72, 0.74, 0.76, 0.78, 0.8]);
  });

  test("of a logarithmic axis are decades, and more where there are few", () => {
    expect(logTicks(1e-5, 1, 6)).toEqual([1e-5, 1e-4, 0.001, 0.01, 0.1, 1]);
    expect(logTicks(1e-5, 0.9, 3)).toEqual([1e-4, 0.01]);
    expect(logTicks(0.8, 120, 6)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(1, 3, 4)).toEqual([1, 1.5, 2, 2.5, 3]);
  });

  test("of one value is that value", () => {
    expect(ticksOf(linearScale(3, 3), 5).map((tick) => tick.value)).toEqual([3]);
  });

  test.each([
    [0.3, "0.3"],
    [1e-5, "1e−5"],
    [12_500, "12.5k"],
    [9000, "9000"],
    [2e6, "2M"],
    [-3e9, "−3G"],
  ])("%s is written %s", (value, label) => {
    expect(tickLabel(linearScale(0, 1), value)).toBe(label);
  });

  test("of times are whole minutes, hours, days", () => {
    const start = new Date(2026, 0, 5, 10, 2).getTime();
    const hours = ticksOf(linearScale(start, start + 5 * 3_600_000, "time"), 5);
    expect(hours.map((tick) => new Date(tick.value).getMinutes())).toEqual([0, 0, 0, 0, 0]);
    const days = ticksOf(linearScale(start, start + 6 * 86_400_000, "time"), 6);
    expect(days.map((tick) => new Date(tick.value).getHours())).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("of lengths of time are whole seconds and minutes", () => {
    expect(ticksOf(linearScale(0, 600_000, "duration"), 5).map((tick) => tick.label)).toEqual([
      "0 ms",
      "2 min 0 s",
      "4 min 0 s",
      "6 min 0 s",
      "8 min 0 s",
      "10 min 0 s",
    ]);
  });
});
