import { expect, test } from "vitest";
import { PALETTE, runColour } from "../colours";
import { distinctColours } from "./compare-colours";

test("no two alike while there are enough", () => {
  const runs = Array.from({ length: PALETTE.length }, (_, i) => ({ number: i * 5 }));
  const colours = distinctColours(runs);
  expect(new Set(colours).size).toBe(PALETTE.length);
  expect(colours[0]).toBe(runColour(0));
});

test("given colours stay", () => {
  const colours = distinctColours([{ number: 1 }, { number: 2, given: runColour(1) }, { number: 3, given: "#123456" }]);
  expect(colours[2]).toBe("#123456");
  expect(new Set(colours).size).toBe(3);
  expect(distinctColours([{ number: 1 }, { number: 2, given: "#abcdef" }, { number: 3, given: "#abcdef" }])[1]).toBe(
    "#abcdef",
  );
});

test("more runs than colours", () => {
  expect(distinctColours(Array.from({ length: 40 }, (_, number) => ({ number })))).toHaveLength(40);
  expect(distinctColours([])).toEqual([]);
});
