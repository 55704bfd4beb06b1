import { expect, test } from "vitest";
import { readPattern } from "./pattern";

test("an expression that is right", () => {
  const found = readPattern("^Val/.*(loss|acc)$");
  expect(found instanceof RegExp && found.test("val/LOSS")).toBe(true);
  expect(readPattern("")).toBeInstanceOf(RegExp);
});

test.each([
  ["loss(", "group", 4],
  ["(a(b)", "group", 0],
  ["a)b", "close", 1],
  ["*loss", "repeat", 0],
  ["a|+", "repeat", 2],
  ["a**", "repeat", 2],
  ["[abc", "bracket", 0],
  ["x[z-a]", "other", 1],
  ["loss\\", "escape", 4],
  ["(?<n>a)(?:b", "group", 7],
] as const)("%s is wrong, and says where", (text, kind, position) => {
  expect(readPattern(text)).toEqual({ kind, position });
});
