import { expect, test } from "vitest";
import { seriesImage, seriesLabel, seriesOf } from "./image-series";

const UUID = "0b2c1f0e-6a0d-4f3e-9a53-0c1d2e3f4a5b";
const path = (key: string, step: number, end = ".png") =>
  `images/${key}+step+${step}+timestamp+1700000000000+${UUID}${end}`;

test("names", () => {
  expect(seriesImage(path("val~digits", 3))).toEqual({
    key: "val/digits",
    step: 3,
    timestamp: 1_700_000_000_000,
    small: false,
  });
  expect(seriesImage(path("a", 3, "+compressed.webp"))?.small).toBe(true);
  expect(seriesImage(path("a", 3).replaceAll("+", "%"))?.step).toBe(3);
  expect(seriesImage(`x/${path("a", 3)}`)).toBeNull();
  expect(seriesImage("images/a.png")).toBeNull();
  expect(seriesLabel({ key: "a", step: 2, timestamp: 0, small: false })).toBe("a · 2");
});

test("series", () => {
  const paths = [path("b", 10), path("a", 10), path("a", 2), path("a", 2, "+compressed.webp"), "images/x.png"];
  expect(seriesOf(paths).map(({ key, images }) => [key, images.map((image) => image.step)])).toEqual([
    ["a", [2, 10]],
    ["b", [10]],
  ]);
});
