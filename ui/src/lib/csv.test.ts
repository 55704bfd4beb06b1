import { expect, test } from "vitest";
import { csvLine } from "./csv";

test("cells are quoted where they must be", () => {
  expect(csvLine(["a", 'say "b"', "c,d", "e\nf", null, undefined, 1.5, -0, Number.NaN])).toBe(
    'a,"say ""b""","c,d","e\nf",,,1.5,0,NaN',
  );
});
