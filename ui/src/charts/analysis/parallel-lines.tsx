/** The lines of parallel coordinates: elements as long as they are few, dots on a canvas when they are many. */

import { memo, type ReactNode, useEffect, useMemo, useRef } from "react";
import type { Ground } from "../../lib/analysis/colour-scale";
import { linePath } from "../../lib/analysis/polylines";

interface ParallelLinesProps {
  xs: readonly number[];
  /** The lines' places on the axes, one line after the other. */
  ys: Float32Array;
  colours: readonly string[];
  selected: Uint8Array | null;
  width: number;
  height: number;
  ground: Ground;
  /** What is drawn over the lines. */
  children: ReactNode;
}

const MOST_ELEMENTS = 500;
const PALE = { light: "#ced4da", dark: "#4a4a4a" };

export function ParallelLines({ children, ...lines }: ParallelLinesProps) {
  const { xs, ys, colours, selected, width, height, ground } = lines;
  const few = colours.length <= MOST_ELEMENTS;
  const all = useMemo(() => Int32Array.from(colours.keys()), [colours]);
  const shown = useMemo(() => (selected ? all.filter((i) => selected[i] === 1) : all), [all, selected]);
  const size = { xs, ys, width, height };
  return (
    <>
      {!few && selected && <LineCanvas {...size} lines={all} colours={PALE[ground]} opacity={0.35} />}
      {!few && <LineCanvas {...size} lines={shown} colours={colours} opacity={opacityOf(shown.length)} />}
      <svg width={width} height={height} data-plot="" data-pad="18" aria-hidden="true">
        {few && <LineElements {...lines} />}
        {children}
      </svg>
    </>
  );
}

type Lines = Omit<ParallelLinesProps, "children">;

function opacityOf(count: number): number {
  return count > 2000 ? 0.3 : count > 600 ? 0.45 : count > 150 ? 0.65 : 0.85;
}

const LineElements = memo(function LineElements({ xs, ys, colours, selected, ground }: Lines) {
  const shown = selected ? selected.reduce((sum, one) => sum + one, 0) : colours.length;
  const lines = colours.map((colour, line) => ({
    line,
    colour,
    d: linePath(xs, ys, line),
    on: !selected || selected[line] === 1,
  }));
  return (
    <g fill="none" strokeLinejoin="round">
      {lines.map(
        (one) => !one.on && <path key={one.line} d={one.d} stroke={PALE[ground]} strokeWidth={1} opacity={0.5} />,
      )}
      {lines.map(
        (one) =>
          one.on && (
            <path
              key={one.line}
              d={one.d}
              stroke={one.colour}
              strokeWidth={shown <= 30 ? 2 : 1.4}
              opacity={opacityOf(shown)}
            />
          ),
      )}
    </g>
  );
});

interface LineCanvasProps {
  xs: readonly number[];
  ys: Float32Array;
  /** Which lines, by their positions. */
  lines: Int32Array;
  /** Of each line, or one of all. */
  colours: readonly string[] | string;
  opacity: number;
  width: number;
  height: number;
}

/** How long lines are drawn before the page may do something else, such as to move a brush on. */
const SLICE_MS = 12;

/** Lines as dots; very many of them appear over some frames, a fair sample of them first. */
const LineCanvas = memo(function LineCanvas({ xs, ys, lines, colours, opacity, width, height }: LineCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    // Drawn at once and not when the page is put together: only so is it known how long it takes.
    const context = element?.getContext("2d", { willReadFrequently: true });
    if (!element || !context) return;
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (element.width !== wide || element.height !== high) {
      element.width = wide;
      element.height = high;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineWidth = 1;
    context.globalAlpha = opacity;
    const step = strideOf(lines.length);
    let drawn = 0;
    let frame = 0;
    const draw = () => {
      const end = performance.now() + SLICE_MS;
      while (drawn < lines.length) {
        const line = lines[(drawn * step) % lines.length] ?? 0;
        const from = line * xs.length;
        context.strokeStyle = typeof colours === "string" ? colours : (colours[line] ?? "");
        context.beginPath();
        context.moveTo(xs[0] ?? 0, ys[from] ?? 0);
        for (let k = 1; k < xs.length; k++) context.lineTo(xs[k] ?? 0, ys[from + k] ?? 0);
        context.stroke();
        drawn++;
        if (drawn % 32 === 0 && performance.now() > end) break;
      }
      if (drawn < lines.length) frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [xs, ys, lines, colours, opacity, width, height]);
  return <canvas ref={canvas} style={{ width, height }} />;
});

/** A step with which all of so many are visited, far apart one after the other. */
function strideOf(count: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  let step = Math.max(1, Math.floor(count * 0.381966));
  while (common(step, count) > 1) step++;
  return step;
}
