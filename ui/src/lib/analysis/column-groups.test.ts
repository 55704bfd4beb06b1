import { describe, expect, test } from "vitest";
import { groupsBy } from "./column-groups";
import { scaleOf } from "./column-scale";
import { columnValues } from "./column-values";

const groups = (cells: (string | number | null)[]) => {
  const column = columnValues("params.p", cells);
  return groupsBy(column, scaleOf(column), "en");
};

describe("groups", () => {
  test("by categories, in their order", () => {
    expect(groups(["b", "a", null, "b"])).toEqual({
      groups: [
        { label: "a", runs: [1] },
        { label: "b", runs: [0, 3] },
      ],
      all: 2,
      ranges: false,
    });
  });

  test("by few numbers, in theirs", () => {
    expect(groups([10, 2, 10, null]).groups).toEqual([
      { label: "2", runs: [1] },
      { label: "10", runs: [0, 2] },
    ]);
  });

  test("by ranges of many numbers, of one ratio when they are far apart", () => {
    const cells = Array.from({ length: 81 }, (_, i) => 10 ** (i / 10));
    const found = groups(cells);
    expect(found.ranges).toBe(true);
    expect(found.groups).toHaveLength(8);
    expect(found.groups[0]?.label).toBe("1–10");
    expect(found.groups.flatMap((group) => group.runs)).toHaveLength(81);
  });

  test("the largest of very many", () => {
    const cells = Array.from({ length: 50 }, (_, i) => `c${i}`);
    const found = groups([...cells, ...cells.slice(0, 30)]);
    expect(found.all).toBe(50);
    expect(found.groups).toHaveLength(30);
    expect(found.groups.every((group) => group.runs.length === 2)).toBe(true);
  });
});
