/** How a page's charts are shown, as its URL says it. */

import type { Axis } from "../api/chart";
import { flag, interval, number, oneOf, type Reader, text, texts } from "./search";

export interface ChartState {
  x?: Axis;
  smooth?: number;
  logx?: boolean;
  logy?: boolean;
  /** Only panels whose metric matches this regular expression. */
  panels?: string;
  /** The panel that is shown full screen. */
  full?: string;
  /** The part of x that is shown. */
  range?: [number, number];
  /** Panels in an order of one's own, and their width: 1 (small) to 4. */
  order?: string[];
  size?: number;
}

export const CHART_READERS: { [K in keyof ChartState]-?: Reader<NonNullable<ChartState[K]>> } = {
  x: oneOf("step", "time", "relative"),
  smooth: number(0, 0.999),
  logx: flag,
  logy: flag,
  panels: text,
  full: text,
  range: interval,
  order: texts,
  size: number(1, 4),
};
