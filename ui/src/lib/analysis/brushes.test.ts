import { describe, expect, test } from "vitest";
import { type Brush, readBrush, selectedRuns, writeBrush } from "./brushes";
import { columnValues } from "./column-values";

const lr = columnValues("params.lr", ["0.1", "0.2", null, "0.4"]);
const net = columnValues("params.net", ["a", "b", "a", null]);

describe("brushes", () => {
  test("of several axes combine", () => {
    expect(selectedRuns([lr, net], { "params.lr": { range: [0.1, 0.3] } }, 4)).toEqual(Uint8Array.of(1, 1, 0, 0));
    expect(selectedRuns([lr, net], { "params.lr": { range: [0.1, 0.3] }, "params.net": { values: ["a"] } }, 4)).toEqual(
      Uint8Array.of(1, 0, 0, 0),
    );
  });

  test("may let through the runs without a value", () => {
    expect(selectedRuns([lr], { "params.lr": { none: true } }, 4)).toEqual(Uint8Array.of(0, 0, 1, 0));
    expect(selectedRuns([net], { "params.net": { values: ["b"], none: true } }, 4)).toEqual(Uint8Array.of(0, 1, 0, 1));
  });

  test("without any, or on axes that are not shown, select nothing in particular", () => {
    expect(selectedRuns([lr], {}, 4)).toBeNull();
    expect(selectedRuns([lr], { "params.gone": { range: [0, 1] } }, 4)).toBeNull();
  });
});

test.each<[Brush, string]>([
  [{ range: [-1e-7, 2.5] }, "-1e-7~2.5"],
  [{ values: ["a~b", "c=d", "!"] }, "=a%7Eb~c%3Dd~!"],
  [{ none: true }, "!"],
  [{ none: true, range: [0, 1] }, "!0~1"],
  [{ none: true, values: [""] }, "!="],
])("%o is %s", (brush, text) => {
  expect(writeBrush(brush)).toBe(text);
  expect(readBrush(text)).toEqual(brush);
});

test.each(["", "1", "2~1", "a~b", "1~2~3", "=%"])("%o is no brush", (text) => {
  expect(readBrush(text)).toBeNull();
});
