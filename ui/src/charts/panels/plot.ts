/** One chart on the page: uPlot has the axes, the cursor and the selection; curves are painted on its canvas. */

import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import type { Axis } from "../../api/chart";
import type { Curve } from "../../lib/panels/curves";
import { findNear, type Near, nearestIndex, type Pointer } from "../../lib/panels/nearest";
import { fromUnit, toUnit } from "../../lib/panels/scale";
import { endAtTicks, type Tick, xTicks, yTicks } from "../../lib/panels/ticks";
import type { View } from "../../lib/panels/view";
import { rangeOf, zoom } from "../../lib/panels/zoom";
import { type Ground, paintCurves, paintHighlight } from "./paint";
import type { Area } from "./trace";

/** What a plot shows. */
export interface Picture {
  curves: readonly Curve[];
  view: View;
  /** The view of all there is, to which zooming out leads. */
  whole: View;
  axis: Axis;
  xLabel: string;
  language: string;
}

export interface PlotEvents {
  hover: (at: { x: number; left: number; top: number; near: readonly Near[]; curve: string | null } | null) => void;
  /** A part of x was chosen, once or in the course of a movement; undefined for all of it. */
  zoom: (range: [number, number] | undefined, moving?: boolean) => void;
}

const FONT = "11px system-ui, 'Noto Sans JP', sans-serif";
/** The room of a tick; steps are short numbers. */
const X_TICK_SPACE: Record<Axis, number> = { step: 64, relative: 84, time: 84 };
const Y_TICK_SPACE = 32;
const MOST_TICKS = 12;
const CHAR = 6.3;
const RIGHT = 12;
const NAME_FONT = "10px system-ui, 'Noto Sans JP', sans-serif";
const NAME_SIZE = 14;
/** How far the overlay reaches over the edges, so that a dot at one is whole. */
const OVER = 8;
/** How near a curve must be to stand out, in pixels. */
const NEAR = 40;
const WHEEL = 1.0015;

export class Plot {
  readonly #uplot: uPlot;
  readonly #events: PlotEvents;
  readonly #overlay: HTMLCanvasElement;
  readonly #pointers = new Map<number, PointerEvent>();
  #picture: Picture;
  /** What of the picture is drawn: its axes end at ticks. */
  #view: View;
  #ground: Ground | null = null;
  #ticks: { x: Tick[]; y: Tick[] } = { x: [], y: [] };
  #colours = { ink: "#000", grid: "#ccc", ground: "#fff", dark: false };
  #highlighted: { id: string | null; x: number | null } = { id: null, x: null };
  #following = false;

  constructor(host: HTMLElement, width: number, height: number, picture: Picture, events: PlotEvents) {
    this.#picture = picture;
    this.#view = viewIn(picture, height);
    this.#events = events;
    this.#readColours(host);
    this.#uplot = new uPlot(this.#options(width, height), EMPTY, host);
    this.#overlay = document.createElement("canvas");
    this.#overlay.style.cssText = `position:absolute;left:-${OVER}px;top:-${OVER}px;pointer-events:none`;
    this.#uplot.over.append(this.#overlay);
    this.#listen(this.#uplot.over);
  }

  show(picture: Picture): void {
    this.#picture = picture;
    this.#view = viewIn(picture, this.#uplot.height);
    // The scales of uPlot stay the same: it does not see by itself that ticks have changed. At once, not in a while.
    this.#uplot.batch(() => this.#uplot.redraw(false, true));
    this.#paintOverlay();
    // What is said of the place under the pointer is of the picture before.
    if (this.#uplot.over.matches(":hover")) this.#moved();
  }

  resize(width: number, height: number): void {
    this.#view = viewIn(this.#picture, height);
    if (width !== this.#uplot.width || height !== this.#uplot.height) this.#uplot.setSize({ width, height });
    this.#paintOverlay();
  }

  /** Draws anew with the colours that the page has now. */
  recolour(host: HTMLElement): void {
    this.#readColours(host);
    this.#uplot.redraw(false, true);
    this.#paintOverlay();
  }

  /** Shows where the pointer is in another panel, and lets a curve stand out. */
  follow(x: number | null, curve: string | null): void {
    this.#following = true;
    const unit = x === null ? Number.NaN : toUnit(this.#view.x, x);
    const shown = unit >= 0 && unit <= 1;
    this.#uplot.setCursor({ left: shown ? unit * this.#uplot.over.clientWidth : -10, top: shown ? 0 : -10 }, false);
    this.#following = false;
    this.stand(curve, x);
  }

  /** Lets a curve stand out, with a dot at an x. */
  stand(id: string | null, x: number | null): void {
    if (id === this.#highlighted.id && (id === null || x === this.#highlighted.x)) return;
    this.#highlighted = { id, x };
    this.#paintOverlay();
  }

  /** What is drawn, and in which colours. */
  get drawn(): { canvas: HTMLCanvasElement; ink: string; ground: string } {
    return { canvas: this.#uplot.ctx.canvas, ink: this.#colours.ink, ground: this.#colours.ground };
  }

  destroy(): void {
    this.#uplot.destroy();
  }

  #options(width: number, height: number): uPlot.Options {
    return {
      width,
      height,
      pxAlign: 1,
      // The last tick's label is whole.
      padding: [8, () => Math.max(RIGHT, ((this.#ticks.x.at(-1)?.label.length ?? 0) * CHAR) / 2), 0, 0],
      legend: { show: false },
      // Scales go from 0 to 1: logarithms, and values that overflow when subtracted, are the painter's business.
      scales: { x: { time: false, range: () => [0, 1] }, y: { range: () => [0, 1] } },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: [
        {
          ...this.#axis(),
          space: X_TICK_SPACE.step,
          size: (_, values) => (values?.some((one) => one.includes("\n")) ? 36 : 22),
          label: () => this.#picture.xLabel,
          labelFont: NAME_FONT,
          labelSize: NAME_SIZE,
          splits: (u) => this.#splits("x", u),
          values: () => this.#ticks.x.map((tick) => (tick.below ? `${tick.label}\n${tick.below}` : tick.label)),
        },
        {
          ...this.#axis(),
          space: Y_TICK_SPACE,
          size: (_, values) => Math.max(30, ...(values ?? []).map((one) => one.length * CHAR + 14)),
          splits: (u) => this.#splits("y", u),
          values: () => this.#ticks.y.map((tick) => tick.label),
        },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 5 },
        bind: {
          dblclick: () => () => {
            this.#events.zoom(undefined);
            return null;
          },
        },
      },
      hooks: {
        draw: [() => this.#paint()],
        setCursor: [() => this.#moved()],
        setSelect: [(u) => this.#selected(u)],
      },
    };
  }

  #axis(): uPlot.Axis {
    return {
      font: FONT,
      gap: 4,
      stroke: () => this.#colours.ink,
      grid: { stroke: () => this.#colours.grid, width: 1 },
      ticks: { show: false },
      border: { show: false },
      // Whatever it finds: ticks are those of `splits`.
      incrs: () => [5],
    };
  }

  /** The places of ticks, of which there are as many as there is room for. */
  #splits(which: "x" | "y", u: uPlot): number[] {
    const { axis, language } = this.#picture;
    const scale = this.#view[which];
    const about = which === "x" ? ticksIn(u.width, X_TICK_SPACE[axis]) : ticksIn(u.height, Y_TICK_SPACE);
    this.#ticks[which] = which === "x" ? xTicks(axis, scale, about, language) : yTicks(scale, about);
    return this.#ticks[which].map((tick) => toUnit(scale, tick.value));
  }

  #paint(): void {
    const faint = this.#colours.dark ? FAINT.dark : FAINT.light;
    this.#ground = paintCurves(this.#uplot.ctx, this.#picture.curves, this.#view, this.#area(), faint, this.#ground);
  }

  #area(): Area {
    return { ...this.#uplot.bbox, ratio: uPlot.pxRatio };
  }

  #readColours(host: HTMLElement): void {
    // Computed, so that light-dark() and variables are colours.
    const { color, borderTopColor, backgroundColor } = getComputedStyle(host);
    const dark = host.closest("[data-mantine-color-scheme=dark]") !== null;
    this.#colours = { ink: color, grid: borderTopColor, ground: backgroundColor, dark };
  }

  #pointer(): Pointer | null {
    const { cursor, over } = this.#uplot;
    const [left, top] = [cursor.left ?? -1, cursor.top ?? -1];
    return left < 0 || top < 0 ? null : { left, top, width: over.clientWidth, height: over.clientHeight };
  }

  #moved(): void {
    if (this.#following) return;
    const pointer = this.#pointer();
    // uPlot keeps its cursor where it was when a panel is moved, or the page below the pointer.
    if (!pointer || !this.#uplot.over.matches(":hover")) {
      this.#events.hover(null);
      return;
    }
    const near = findNear(this.#picture.curves, this.#view, pointer);
    const [first] = near;
    const curve = first && first.away <= NEAR ? first.curve.id : null;
    const { left, top } = this.#uplot.over.getBoundingClientRect();
    const x = fromUnit(this.#view.x, pointer.left / pointer.width);
    this.#events.hover({ x, left: left + pointer.left, top: top + pointer.top, near, curve });
  }

  #selected(u: uPlot): void {
    if (u.select.width <= 0) return;
    const { clientWidth } = u.over;
    const range = rangeOf(
      this.#picture.view.x,
      u.select.left / clientWidth,
      (u.select.left + u.select.width) / clientWidth,
    );
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (range) this.#events.zoom(range);
  }

  #paintOverlay(): void {
    const { curves } = this.#picture;
    const { id, x } = this.#highlighted;
    const ratio = uPlot.pxRatio;
    const { over } = this.#uplot;
    const edge = OVER * ratio;
    const [inner, high] = [Math.round(over.clientWidth * ratio), Math.round(over.clientHeight * ratio)];
    const [width, height] = [inner + 2 * edge, high + 2 * edge];
    const ctx = this.#overlay.getContext("2d");
    if (!ctx) return;
    if (this.#overlay.width !== width || this.#overlay.height !== height) {
      this.#overlay.width = width;
      this.#overlay.height = height;
      this.#overlay.style.width = `${width / ratio}px`;
      this.#overlay.style.height = `${height / ratio}px`;
    } else {
      ctx.clearRect(0, 0, width, height);
    }
    const curve = id === null ? undefined : curves.find((one) => one.id === id);
    if (!curve) return;
    const index = x === null ? -1 : nearestIndex(curve.x, x);
    const area = { left: edge, top: edge, width: inner, height: high, ratio };
    paintHighlight(ctx, curve, this.#view, area, this.#colours.ground, index);
  }

  /** Two fingers, and the wheel with Ctrl (which is what two fingers on a touchpad are), zoom; one finger scrolls the page. */
  #listen(over: HTMLElement): void {
    over.style.touchAction = "pan-x pan-y";
    const place = (clientX: number) => (clientX - over.getBoundingClientRect().left) / over.clientWidth;
    over.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const { view, whole } = this.#picture;
        this.#events.zoom(zoom(view.x, whole.x, WHEEL ** event.deltaY, place(event.clientX)), true);
      },
      { passive: false },
    );
    let began: { width: number; at: number; view: View } | null = null;
    over.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch") return;
      this.#pointers.set(event.pointerId, event);
      const [a, b] = [...this.#pointers.values()];
      if (a && b) {
        const width = Math.max(20, Math.abs(a.clientX - b.clientX));
        began = { width, at: place((a.clientX + b.clientX) / 2), view: this.#picture.view };
      }
    });
    over.addEventListener("pointermove", (event) => {
      if (!this.#pointers.has(event.pointerId)) return;
      this.#pointers.set(event.pointerId, event);
      const [a, b] = [...this.#pointers.values()];
      if (!a || !b || !began) return;
      const factor = began.width / Math.max(20, Math.abs(a.clientX - b.clientX));
      this.#events.zoom(zoom(began.view.x, this.#picture.whole.x, factor, began.at), true);
    });
    const up = (event: PointerEvent) => {
      this.#pointers.delete(event.pointerId);
      began = null;
    };
    over.addEventListener("pointerup", up);
    over.addEventListener("pointercancel", up);
  }
}

/** How strong the values are below a line that smooths them. */
const FAINT = { light: 0.4, dark: 0.55 };

const ticksIn = (room: number, each: number): number => Math.min(MOST_TICKS, Math.max(2, Math.floor(room / each)));

/** A picture's view in a plot of this height. */
const viewIn = ({ view }: Picture, height: number): View => ({
  ...view,
  y: endAtTicks(view.y, view.values, ticksIn(height, Y_TICK_SPACE)),
});

/** uPlot draws no data of its own: two points that make it show its axes. */
const EMPTY: uPlot.AlignedData = [
  [0, 1],
  [0, 1],
];
