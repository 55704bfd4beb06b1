import { describe, expect, test } from "vitest";
import { type Ground, scaleColour, scaleSteps } from "./colour-scale";

const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const luminance = (hex: string) => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => channel(Number.parseInt(hex.slice(at, at + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe.each<Ground>(["light", "dark"])("on %s", (ground) => {
  test("gets lighter all the way", () => {
    const steps = scaleSteps(40, ground).map(luminance);
    for (let i = 1; i < steps.length; i++) expect(steps[i]).toBeGreaterThan(steps[i - 1] ?? 0);
  });

  test("is seen everywhere", () => {
    const behind = luminance(ground === "light" ? "#ffffff" : "#242424");
    for (const step of scaleSteps(40, ground).map(luminance)) {
      const [low, high] = [Math.min(step, behind), Math.max(step, behind)];
      expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(3);
    }
  });

  test("stays within its ends", () => {
    expect(scaleColour(-3, ground)).toBe(scaleColour(0, ground));
    expect(scaleColour(7, ground)).toBe(scaleColour(1, ground));
  });
});

test("the ends that are seen", () => {
  expect(scaleColour(0, "light")).toBe("#440154");
  expect(scaleColour(1, "dark")).toBe("#fde725");
});
