import { expect, test } from "vitest";
import { csvText, fileName, svgText } from "./export-chart";

test("CSV quotes what would break it", () => {
  expect(
    csvText(
      ["run", 'a"b'],
      [
        ["x,y", 1],
        ["line\nbreak", null],
        ["精度", 0.5],
      ],
    ),
  ).toBe('\uFEFFrun,"a""b"\r\n"x,y",1\r\n"line\nbreak",\r\n精度,0.5\r\n');
});

test("names of files are plain", () => {
  expect(fileName(["scatter", "../val/acc", "学習率"], "png")).toBe("scatter_val-acc_学習率.png");
  expect(fileName(["///"], "csv")).toBe("chart.csv");
});

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
