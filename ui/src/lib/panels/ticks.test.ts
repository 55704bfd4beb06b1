import { expect, test } from "vitest";
import {
  durationLabel,
  durationTicks,
  endAtTicks,
  formatX,
  linearTicks,
  logTicks,
  timeTicks,
  xTicks,
  yTicks,
} from "./ticks";

const labels = (ticks: { label: string }[]) => ticks.map((one) => one.label);

test("linear ticks are round numbers inside the axis", () => {
  expect(labels(linearTicks(0, 1, 5))).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  expect(labels(linearTicks(-0.31, 0.29, 4))).toEqual(["−0.2", "0", "0.2"]);
  expect(labels(linearTicks(0, 100_000, 5))).toEqual(["0", "20k", "40k", "60k", "80k", "100k"]);
  expect(labels(linearTicks(99_990, 100_000, 5))).toEqual([
    "99,990",
    "99,992",
    "99,994",
    "99,996",
    "99,998",
    "100,000",
  ]);
  expect(labels(linearTicks(0, 2.5e6, 5))).toEqual(["0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"]);
  expect(labels(linearTicks(0, 5e-6, 5))).toEqual(["0", "1e−6", "2e−6", "3e−6", "4e−6", "5e−6"]);
});

test("the nearest round step, be it smaller or larger", () => {
  expect(labels(linearTicks(1, 30, 6))).toEqual(["5", "10", "15", "20", "25", "30"]);
  expect(labels(linearTicks(0, 1, 7))).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
});

test("an axis ends at ticks where they are near", () => {
  const end = (low: number, high: number) => {
    const found = endAtTicks({ low: low - 0.1, high: high + 0.1, log: false }, { low, high }, 6);
    return [found.low, found.high];
  };
  expect(end(0.02, 1.95)).toEqual([0, 2]);
  expect(end(0.3, 1.97)).toEqual([0.2, 2]);
  expect(end(0.02, 1.7)).toEqual([0, 1.8]);
  expect(endAtTicks({ low: 1, high: 9, log: true }, { low: 2, high: 8 }, 6)).toEqual({ low: 1, high: 9, log: true });
  expect(end(5, 5)).toEqual([4.9, 5.1]);
});

test("steps are whole", () => {
  expect(labels(linearTicks(0, 2, 8, 1))).toEqual(["0", "1", "2"]);
});

test("extremes of floats have few ticks and do not hang", () => {
  for (const [low, high] of [
    [-Number.MAX_VALUE, Number.MAX_VALUE],
    [0, 5e-324],
    [1e17, 1e17 + 64],
    [1, 1 + 1e-15],
  ] as const) {
    expect(linearTicks(low, high, 5).length).toBeLessThan(25);
  }
});

test("logarithmic ticks", () => {
  expect(labels(logTicks({ low: 1, high: 1e5, log: true }, 6))).toEqual(["1", "10", "100", "1k", "10k", "100k"]);
  expect(labels(logTicks({ low: 0.5, high: 20, log: true }, 6))).toEqual(["0.5", "1", "2", "5", "10", "20"]);
  expect(labels(logTicks({ low: 1e-6, high: 1e-4, log: true }, 4))).toContain("1e−6");
  expect(logTicks({ low: 1e-300, high: 1e300, log: true }, 6).length).toBeLessThan(8);
  expect(labels(logTicks({ low: 2, high: 3, log: true }, 4))).toEqual(["2.0", "2.2", "2.4", "2.6", "2.8", "3.0"]);
});

test("lengths of time", () => {
  expect(labels(durationTicks(0, 90_000, 4, "en"))).toEqual(["0", "30s", "1m", "1m 30s"]);
  expect(labels(durationTicks(0, 2 * 3_600_000, 4, "ja"))).toEqual(["0", "30分", "1時間", "1時間30分", "2時間"]);
  expect(durationLabel(250, "en")).toBe("250ms");
  expect(durationLabel(2_500, "ja")).toBe("2.5秒");
  expect(durationLabel(26 * 3_600_000, "en")).toBe("1d 2h");
  expect(durationLabel(59 * 60_000 + 59_800, "en")).toBe("1h");
});

test("times of the day, with the date where it changes", () => {
  const start = new Date(2026, 10, 25, 22, 0).getTime();
  const ticks = timeTicks(start, start + 4 * 3_600_000, 4, "en");
  expect(ticks.map((one) => [one.label, one.below ?? ""])).toEqual([
    ["22:00", "Nov 25"],
    ["23:00", ""],
    ["00:00", "Nov 26"],
    ["01:00", ""],
    ["02:00", ""],
  ]);
  expect(timeTicks(start, start + 4 * 3_600_000, 4, "ja")[0]).toMatchObject({ label: "22:00", below: "11月25日" });
});

test("days, months and years", () => {
  const start = new Date(2025, 0, 1).getTime();
  const day = 86_400_000;
  expect(timeTicks(start, start + 5 * day, 5, "en")[0]).toMatchObject({ label: "Jan 1", below: "2025" });
  expect(labels(timeTicks(start, start + 364 * day, 4, "en"))).toEqual(["Jan", "Apr", "Jul", "Oct"]);
  expect(labels(timeTicks(start, start + 3651 * day, 5, "en")).at(0)).toMatch(/^20\d\d$/);
  expect(timeTicks(0, 8e15, 6, "en").length).toBeLessThan(20);
});

test("the axis decides", () => {
  expect(labels(xTicks("relative", { low: 100, high: 1e7, log: true }, 8, "en"))).toEqual([
    "100ms",
    "1s",
    "10s",
    "1m",
    "10m",
    "1h",
  ]);
  expect(labels(yTicks({ low: 0, high: 1, log: false }, 2))).toEqual(["0", "0.5", "1.0"]);
  expect(formatX("step", 12_345, "en")).toBe("12,345");
});
