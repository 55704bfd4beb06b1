import { expect, test, vi } from "vitest";
import { readExperimentsSearch } from "./experiments";
import { readRunSearch } from "./run";
import { readRunsSearch } from "./runs";
import { anyTexts, type Change, changer, flag, interval, number, oneOf, reading, text, texts } from "./search";

test.each([
  [text, "a", "a"],
  [text, 12, "12"],
  [text, "", undefined],
  [text, { a: 1 }, undefined],
  [texts, ["a", 1, "a", null], ["a", "1"]],
  [texts, [{}], undefined],
  [texts, "a", undefined],
  [anyTexts, [], []],
  [flag, true, true],
  [flag, "true", undefined],
  [oneOf("a", "b"), "b", "b"],
  [oneOf("a", "b"), "c", undefined],
  [number(1, 4), 4, 4],
  [number(1, 4), 5, undefined],
  [number(1, 4), "2", undefined],
  [interval, [1, 2], [1, 2]],
  [interval, [1], undefined],
  [interval, [1, "2"], undefined],
])("%# %o", (read, given, found) => {
  expect(read(given)).toEqual(found);
});

test("what is not understood takes the place of what the address says", () => {
  const read = reading<{ q?: string; size?: number }>({ q: text, size: number(1, 4) });
  const given = { q: ["x"], size: 9, hostile: "x" };
  expect(Object.entries({ ...given, ...read(given) }).filter(([, value]) => value !== undefined)).toEqual([]);
});

test("changes keep the rest and leave defaults out", () => {
  const navigate = vi.fn((_to: { search: (before: { a?: string; b?: string }) => unknown }) => undefined);
  const change: Change<{ a?: string; b?: string }> = { a: undefined, b: "2" };
  changer<{ a?: string; b?: string }>(navigate)(change, { replace: true });
  expect(navigate.mock.calls[0]?.[0]).toMatchObject({ replace: true, resetScroll: false });
  expect(navigate.mock.calls[0]?.[0].search({ a: "1" })).toEqual({ b: "2" });
});

test.each([readExperimentsSearch, readRunSearch, readRunsSearch])("%# hostile values are not understood", (read) => {
  const hostile = Object.fromEntries(
    ["text", "stage", "sort", "tab", "path", "q", "x", "range", "cols", "order", "panels"].map((name) => [
      name,
      { a: 1 },
    ]),
  );
  expect(Object.values(read(hostile)).filter((value) => value !== undefined)).toEqual([]);
});
