/** What panels are told and tell back. */

import type { ChartState } from "../../state/charts";
import type { Changer } from "../../state/search";

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

export interface PanelsProps {
  /** The runs to draw, in the order of the list. */
  runs: readonly ChartRun[];
  /** Draws groups instead of runs. */
  groups?: readonly ChartGroup[];
  /** All metrics that any of the runs may have. */
  keys: readonly string[];
  state: ChartState;
  onChange: Changer<ChartState>;
  /** The experiments whose live updates concern these runs. */
  experimentIds: readonly string[];
}
