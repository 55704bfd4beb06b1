// @vitest-environment jsdom
import { expect, test } from "vitest";
import { escapeXml, toSvg } from "./chart-svg";
import { type Curve, makeCurve, seriesShape } from "./curves";
import { series } from "./series.fixture";
import { xTicks, yTicks } from "./ticks";
import { viewOf } from "./view";

const curve = (given: Parameters<typeof series>[0], name = "a", weight = 0): Curve =>
  makeCurve({ id: name, name, colour: "#2f7fc1" }, seriesShape(series(given)), weight);

function draw(curves: Curve[], title = "loss", log = false) {
  const view = viewOf(curves, { range: undefined, logx: false, logy: log });
  const svg = toSvg({
    title,
    xLabel: "Step",
    curves,
    view,
    xTicks: xTicks("step", view.x, 6, "en"),
    yTicks: yTicks(view.y, 5),
    more: (n) => `and ${n} more`,
  });
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
  expect(parsed.querySelector("parsererror")).toBeNull();
  return { svg, parsed };
}

test("lines, ticks, title and legend", () => {
  const { svg, parsed } = draw([curve({ x: [0, 50, 100], mean: [0, 1, 0.5] })]);
  expect(parsed.querySelector("title")?.textContent).toBe("loss");
  expect([...parsed.querySelectorAll("text")].map((one) => one.textContent)).toEqual(
    expect.arrayContaining(["loss", "0", "100", "Step", "a"]),
  );
  expect(svg).toContain('d="M72 402.91L424 61.09L776 232"');
});

test("hostile texts are text", () => {
  const name = `"><script>alert(1)</script>\u0000\uFFFE]]>&amp;`;
  const { parsed } = draw([curve({ x: [0, 1], mean: [0, 1] }, name)], name);
  expect(parsed.querySelectorAll("script")).toHaveLength(0);
  expect(parsed.querySelector("title")?.textContent).toBe('"><script>alert(1)</script>]]>&amp;');
  expect(escapeXml("😀<\ud800")).toBe("😀&lt;");
  const bad = { ...curve({ x: [0], mean: [1] }), colour: 'red" onload="x' };
  expect(draw([bad]).svg).not.toContain("onload");
});

test("a band, its spike, and what is not finite", () => {
  const { svg } = draw([
    curve({
      x: [0, 1, 2, 3],
      mean: [1, 1, 1, Number.NaN],
      min: [0.9, 0.9, 0.9, Number.NaN],
      max: [1.1, 50, 1.1, Number.NaN],
      count: [10, 10, 10, 10],
      nonfinite: [0, 0, 0, 10],
    }),
  ]);
  expect(svg).toContain('fill-opacity="0.16"');
  expect(svg).toMatch(/stroke-width="1.2"/);
  expect(svg).toMatch(/<path d="M772 413L776 420L780 413Z" fill="#2f7fc1"/);
});

test("gaps, single points, smoothing and logarithmic axes", () => {
  const { svg } = draw([curve({ x: [0, 1, 2, 3, 4], mean: [1, 2, Number.NaN, 4, Number.NaN] })]);
  expect(svg.match(/<circle/g)).toHaveLength(1);
  expect(draw([curve({ x: [0, 1], mean: [1, 2] }, "a", 0.9)]).svg).toContain('stroke-opacity="0.35"');
  expect(draw([curve({ x: [0, 1, 2], mean: [1, -1, 100] })], "loss", true).svg).not.toContain("NaN");
});

test("a long legend says how many it leaves out", () => {
  const many = Array.from({ length: 70 }, (_, i) => curve({ x: [0, 1], mean: [i, i] }, `run ${i}`));
  expect(draw(many).parsed.documentElement.textContent).toContain("and 10 more");
});
