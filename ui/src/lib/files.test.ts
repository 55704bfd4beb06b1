import { expect, test } from "vitest";
import { fileName } from "./files";

test("file names", () => {
  expect(fileName("val/f1 スコア", "csv")).toBe("val_f1_スコア.csv");
  expect(fileName("../..", "svg")).toBe("chart.svg");
  expect(fileName("a".repeat(300), "png")).toHaveLength(104);
});
