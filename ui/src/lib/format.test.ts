import { expect, test } from "vitest";
import {
  columnFormat,
  formatAgo,
  formatBytes,
  formatChange,
  formatDuration,
  formatNumber,
  formatSpread,
} from "./format";

test.each([
  [0, "0"],
  [-0, "−0"],
  [1, "1"],
  [12345, "12,345"],
  [0.1 + 0.2, "0.3"],
  [0.123456789, "0.12346"],
  [-0.5, "−0.5"],
  [0.00001234567, "1.2346e−5"],
  [123456789.5, "1.2346e8"],
  [1e300, "1e300"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "∞"],
  [Number.NEGATIVE_INFINITY, "−∞"],
])("%d is %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  ["one length", [0.98333, 0.9, 0.123456789], ["0.98333", "0.90000", "0.12346"]],
  ["no more decimals than needed", [0.1, 0.01, 0.001], ["0.100", "0.010", "0.001"]],
  ["as many as the greatest has", [2.34567, 0.045678, -1], ["2.3457", "0.0457", "−1.0000"]],
  ["integers", [1, 20_000, 0], ["1", "20,000", "0"]],
  ["thousands", [123_456.7, 12], ["123,457", "12"]],
  ["what would be lost", [2.3457, 0.00012345], ["2.3457", "0.00012345"]],
  ["tiny and huge ones", [0.5, 1e-9, 2e12 + 0.5, 0], ["0.5", "1e−9", "2e12", "0.0"]],
  ["no numbers", [Number.NaN, Number.POSITIVE_INFINITY], ["NaN", "∞"]],
])("a column: %s", (_, values, texts) => {
  expect(values.map(columnFormat(values))).toEqual(texts);
});

test.each([
  [0.94773, 0.05712, "0.948", "0.057"],
  [-12345.6, 321, "−12,346", "321"],
  [0.5, 0, "0.5", "0"],
  [0.5, 1e-9, "0.5", "1e−9"],
])("%d ± %d", (mean, deviation, ...texts) => {
  expect(formatSpread(mean, deviation)).toEqual(texts);
});

test.each([
  [45, "45 ms", "45 ミリ秒"],
  [3_210, "3.2 s", "3.2 秒"],
  [62_000, "1 min 2 s", "1 分 2 秒"],
  [7_380_000, "2 h 3 min", "2 時間 3 分"],
])("%d ms", (ms, english, japanese) => {
  expect(formatDuration(ms, "en")).toBe(english);
  expect(formatDuration(ms, "ja")).toBe(japanese);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1 kB"],
  [1_234_567, "1.23 MB"],
  [999_999_999, "1 GB"],
])("%d bytes", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("how long ago", () => {
  expect(formatAgo(1_000_000, 1_000_000 + 3 * 3_600_000, "en")).toBe("3 hours ago");
  expect(formatAgo(1_000_000, 1_000_000 + 3 * 3_600_000, "ja")).toBe("3 時間前");
  expect(formatAgo(0, 1, "en")).toBe("");
});

test.each([
  [1.1, 1, "+10 %"],
  [0.9, 1, "−10 %"],
  [1, 1, "±0 %"],
  [-0.5, -1, "+50 %"],
  [25, 1, "+2,400 %"],
  [3e8, 1, "+3e10 %"],
  [1, 0, ""],
  [Number.NaN, 1, ""],
])("%d to %d", (value, baseline, text) => {
  expect(formatChange(value, baseline)).toBe(text);
});
