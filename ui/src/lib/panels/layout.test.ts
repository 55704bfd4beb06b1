import { expect, test } from "vitest";
import { bucketsFor, layout, panelSize } from "./layout";

test("panels fill the width, one on a phone", () => {
  expect(layout(2, 1200, [9])).toEqual({ columns: 3, width: 392, height: 210 });
  expect(layout(2, 360, [9]).columns).toBe(1);
  expect(layout(4, 1200, [9])).toMatchObject({ columns: 1, width: 1200 });
  expect(layout(1, 0, []).columns).toBe(1);
});

test("as few columns as need no more rows", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((panels) => layout(2, 1200, [panels]).columns)).toEqual([2, 2, 3, 2, 3, 3, 3]);
  expect(layout(2, 1200, [4, 4, 1]).columns).toBe(2);
  expect(layout(2, 1200, [4, 3]).columns).toBe(3);
});

test("a bucket for about each pixel, fewer for very many series", () => {
  expect(bucketsFor(392, 1, 50)).toBe(500);
  expect(bucketsFor(392, 2, 30)).toBe(1000);
  expect(bucketsFor(392, 2, 50)).toBe(500);
  expect(bucketsFor(1300, 1, 50, true)).toBe(2000);
  expect(bucketsFor(1300, 1, 10)).toBe(2000);
  expect(bucketsFor(1300, 2, 1000)).toBe(250);
  expect(bucketsFor(260, 1, 1)).toBe(250);
});

test("sizes from a URL", () => {
  expect([undefined, 0, 1, 2.2, 3, 4, 9].map(panelSize)).toEqual([2, 2, 1, 2, 3, 4, 2]);
});
