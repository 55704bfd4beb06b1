/** The lines of parallel coordinates: elements as long as they are few, dots on a canvas when they are many. */

import { memo, type ReactNode, useEffect, useRef } from "react";
import type { Ground } from "../lib/colour-scale";
import { linePath } from "../lib/polylines";

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
  const { colours, width, height } = lines;
  const few = colours.length <= MOST_ELEMENTS;
  return (
    <>
      {!few && <LineCanvas {...lines} />}
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
  const lines = colours.map((colour, i) => ({ colour, d: linePath(xs, ys, i), on: !selected || selected[i] === 1 }));
  return (
    <g fill="none" strokeLinejoin="round">
      {lines.map(
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its index
        (line, i) => !line.on && <path key={i} d={line.d} stroke={PALE[ground]} strokeWidth={1} opacity={0.5} />,
      )}
      {lines.map(
        (line, i) =>
          line.on && (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its index
            <path key={i} d={line.d} stroke={line.colour} strokeWidth={1.4} opacity={opacityOf(shown)} />
          ),
      )}
    </g>
  );
});

const LineCanvas = memo(function LineCanvas({ xs, ys, colours, selected, width, height, ground }: Lines) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    context.lineWidth = 1;
    const trace = (line: number) => {
      const from = line * xs.length;
      context.moveTo(xs[0] ?? 0, ys[from] ?? 0);
      for (let k = 1; k < xs.length; k++) context.lineTo(xs[k] ?? 0, ys[from + k] ?? 0);
    };
    const stroke = (lines: readonly number[], colour: string) => {
      context.strokeStyle = colour;
      // One long path takes far longer than many short ones.
      for (const line of lines) {
        context.beginPath();
        trace(line);
        context.stroke();
      }
    };
    const byColour = new Map<string, number[]>();
    const pale: number[] = [];
    colours.forEach((colour, line) => {
      if (selected && !selected[line]) {
        pale.push(line);
        return;
      }
      const same = byColour.get(colour);
      if (same) same.push(line);
      else byColour.set(colour, [line]);
    });
    context.globalAlpha = 0.35;
    stroke(pale, PALE[ground]);
    context.globalAlpha = opacityOf(colours.length - pale.length);
    for (const [colour, lines] of byColour) stroke(lines, colour);
  }, [xs, ys, colours, selected, width, height, ground]);
  return <canvas ref={canvas} style={{ width, height }} />;
});
