import { expect, test } from "vitest";
import { PALETTE, runColour } from "../colours";
import { distinctColours } from "./compare-colours";

test("no two alike while there are enough", () => {
  const runs = Array.from({ length: PALETTE.length }, (_, i) => ({ id: `run ${i}` }));
  const colours = distinctColours(runs);
  expect(new Set(colours).size).toBe(PALETTE.length);
  expect(colours[0]).toBe(runColour("run 0"));
});

test("given colours stay", () => {
  const colours = distinctColours([{ id: "a" }, { id: "b", given: runColour("a") }, { id: "c", given: "#123456" }]);
  expect(colours[2]).toBe("#123456");
  expect(new Set(colours).size).toBe(3);
  expect(distinctColours([{ id: "x" }, { id: "b", given: "#abcdef" }, { id: "c", given: "#abcdef" }])[1]).toBe(
    "#abcdef",
  );
});

test("more runs than colours", () => {
  expect(distinctColours(Array.from({ length: 40 }, (_, i) => ({ id: String(i) })))).toHaveLength(40);
  expect(distinctColours([])).toEqual([]);
});
