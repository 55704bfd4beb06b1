import { expect, test } from "vitest";
import { csvText } from "./csv";

test("cells are quoted where they must be", () => {
  expect(csvText([["a", 'say "b"', "c,d", "e\nf", null, undefined, 1.5, -0, Number.NaN], ["精度"]])).toBe(
    'a,"say ""b""","c,d","e\nf",,,1.5,-0.0,NaN\r\n精度\r\n',
  );
});

test("a text that looks like a formula is none, and a number stays one", () => {
  expect(csvText([['=HYPERLINK("x")', "@loss", "-1e-3", "+5", "-x", -2, "\t"]])).toBe(
    `"'=HYPERLINK(""x"")",'@loss,-1e-3,+5,'-x,-2,'\t\r\n`,
  );
});
