import { expect, test } from "vitest";
import { fitFactor, percent, zoomStep } from "./image-zoom";

const size = (width: number, height: number) => ({ width, height });

test("filling the room", () => {
  expect(fitFactor(size(1000, 500), size(500, 500), false)).toBe(0.5);
  expect(fitFactor(size(400, 300), size(1000, 1000), false)).toBe(1);
  expect(fitFactor(size(8, 8), size(1000, 1000), false)).toBe(32);
  expect(fitFactor(size(100, 100), size(350, 1000), false)).toBe(3);
  expect(fitFactor(size(100, 100), size(50, 50), false)).toBe(0.5);
  expect(fitFactor(size(300, 150), size(600, 600), true)).toBe(2);
  expect(fitFactor(size(0, 0), size(600, 600), true)).toBe(1);
});

test("steps", () => {
  expect(zoomStep(1, 1)).toBe(1.5);
  expect(zoomStep(1, -1)).toBe(0.75);
  expect(zoomStep(0.6, 1)).toBe(0.75);
  expect(zoomStep(32, 1)).toBe(32);
  expect(zoomStep(0.05, -1)).toBe(0.05);
  expect(percent(0.333)).toBe("33%");
});
