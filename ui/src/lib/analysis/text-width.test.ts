import { expect, test } from "vitest";
import { fitText, textWidth } from "./text-width";

test("Japanese is wider than Latin", () => {
  expect(textWidth("精度", 10)).toBe(20);
  expect(textWidth("ab", 10)).toBe(12);
  expect(textWidth("", 10)).toBe(0);
});

test("what does not fit ends in an ellipsis", () => {
  expect(fitText("accuracy", 10, 100)).toBe("accuracy");
  expect(fitText("accuracy", 10, 40)).toBe("accur…");
  expect(fitText("検証データの精度", 10, 40)).toBe("検証デ…");
});
