// @vitest-environment jsdom
import { expect, test } from "vitest";
import { svgText } from "./picture";

test("a picture has its own styles and ground, and neither more nor less than a file should", () => {
  document.body.innerHTML = `
    <svg class="plot" style="position:absolute">
      <text class="name" data-export="" style="display:none">&lt;b&gt; lr</text>
      <g data-screen=""><rect /></g>
      <path style="fill: rgb(1, 2, 3)" d="M0 0" />
    </svg>`;
  const svg = document.querySelector("svg");
  if (!svg) throw new Error("no svg");
  const text = svgText(svg as SVGSVGElement, "#fff");
  expect(text).toContain('xmlns="http://www.w3.org/2000/svg"');
  expect(text).toContain("fill: rgb(1, 2, 3)");
  expect(text).toContain("&lt;b&gt; lr");
  expect(text).not.toMatch(/class=|display: none|data-screen/);
  expect(text.indexOf('fill="#fff"')).toBeLessThan(text.indexOf("<text"));
});
