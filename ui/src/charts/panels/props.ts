/** What panels are told and tell back. */

import type { Axis } from "../../api/chart";

/** A run as charts show it. */
export interface ChartRun {
  id: string;
  name: string;
  colour: string;
}

/** Runs that are drawn as one line, their mean, with a band from the least to the greatest. */
export interface ChartGroup {
  name: string;
  colour: string;
  runIds: readonly string[];
}

/** How charts are shown; a part of the page's URL. */
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
  order?: string[];
  size?: number;
}

export type ChartChange = { [K in keyof ChartState]?: ChartState[K] | undefined };

export interface PanelsProps {
  /** The runs to draw, in the order of the list. */
  runs: readonly ChartRun[];
  /** Draws groups instead of runs. */
  groups?: readonly ChartGroup[];
  /** All metrics that any of the runs may have. */
  keys: readonly string[];
  state: ChartState;
  onChange: (change: ChartChange, options?: { replace?: boolean }) => void;
  /** The experiments whose live updates concern these runs. */
  experimentIds: readonly string[];
}
