import { expect, test } from "vitest";
import { baseName, folderOf, languageOf, previewKind, suffixOf } from "./preview-kind";

test.each([
  ["a/plot.PNG", "image"],
  ["model/MLmodel", "mlmodel"],
  ["x.tar.gz", "unknown"],
  ["noext", "unknown"],
  ["Dockerfile", "text"],
  ["table.csv", "table"],
  [".png", "unknown"],
  ["a.png/b", "unknown"],
  ["weights.npz", "zip"],
  ["constructor", "unknown"],
  ["a.constructor", "unknown"],
])("%s is shown as %s", (path, kind) => {
  expect(previewKind(path)).toBe(kind);
});

test("parts of paths", () => {
  expect(baseName("a/b/c.txt")).toBe("c.txt");
  expect(folderOf("a/b/c.txt")).toBe("a/b");
  expect(folderOf("c.txt")).toBe("");
  expect(suffixOf("a.b/c")).toBe("");
  expect(languageOf("a/train.py")).toBe("python");
  expect(languageOf("Makefile")).toBe("shell");
  expect(languageOf("a.txt")).toBeNull();
});
