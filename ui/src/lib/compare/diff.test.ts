import { describe, expect, test } from "vitest";
import { type DiffRow, diff, diffRows, diffWords, type Edit, withoutEqual } from "./diff";

const applied = <T>(edits: Edit<T>[], kind: "removed" | "added") =>
  edits.filter((edit) => edit.kind === "same" || edit.kind === kind).flatMap((edit) => edit.items);

describe("diff", () => {
  test("the example of the paper", () => {
    const edits = diff([..."ABCABBA"], [..."CBABAC"]);
    expect(edits.filter((edit) => edit.kind !== "same").reduce((n, edit) => n + edit.items.length, 0)).toBe(5);
  });

  test("both texts can be made of it", () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * n);
    };
    for (let i = 0; i < 300; i++) {
      const before = Array.from({ length: random(30) }, () => random(4));
      const after = Array.from({ length: random(30) }, () => random(4));
      const edits = diff(before, after);
      expect(applied(edits, "removed")).toEqual(before);
      expect(applied(edits, "added")).toEqual(after);
    }
  });

  test("texts that have nothing in common take little time", () => {
    const before = Array.from({ length: 50_000 }, (_, i) => `a${i}`);
    const after = Array.from({ length: 50_000 }, (_, i) => `b${i}`);
    const started = performance.now();
    expect(diff(before, after)).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 60_000);
});

test("rows side by side", () => {
  expect(diffRows(["a", "b", "c"], ["a", "x", "y", "c"])).toEqual([
    { same: true, left: { number: 1, text: "a" }, right: { number: 1, text: "a" } },
    { same: false, left: { number: 2, text: "b" }, right: { number: 2, text: "x" } },
    { same: false, left: null, right: { number: 3, text: "y" } },
    { same: true, left: { number: 3, text: "c" }, right: { number: 4, text: "c" } },
  ]);
});

test("equal rows are left out", () => {
  const row = (same: boolean): DiffRow => ({ same, left: null, right: null });
  const rows = [true, true, true, true, false, true, true].map(row);
  expect(withoutEqual(rows, 1)).toEqual([{ gap: 3, at: 0 }, row(true), row(false), row(true), row(true)]);
  expect(withoutEqual([row(true), row(true)], 3)).toEqual([{ gap: 2, at: 0 }]);
});

test("words", () => {
  expect(diffWords("lr=0.01 adam", "lr=0.02 adam")).toEqual([
    { kind: "same", items: ["lr", "=", "0", "."] },
    { kind: "removed", items: ["01"] },
    { kind: "added", items: ["02"] },
    { kind: "same", items: [" ", "adam"] },
  ]);
  expect(diffWords("学習率を下げる", "学習率を上げる").map((edit) => edit.items.join(""))).toEqual([
    "学習率を",
    "下",
    "上",
    "げる",
  ]);
  expect(diffWords("", "")).toEqual([]);
});
