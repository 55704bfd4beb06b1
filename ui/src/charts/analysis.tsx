/** Charts of many runs at once, each run a line or a point. */

import type { ListedRun } from "../state/run-list";

export interface AnalysisProps {
  runs: readonly ListedRun[];
  /** The columns that may be axes, by their ids, those with numbers first. */
  columns: readonly string[];
  /** The axes that are shown, by column ids; the chart chooses some when absent. */
  axes?: readonly string[];
  onAxes: (axes: string[]) => void;
  /** A variant of the chart, such as `contour`. */
  chart?: string;
  onChart: (chart: string | undefined) => void;
  onOpen: (runId: string) => void;
}

export function ParallelCoordinates(_: AnalysisProps) {
  return null;
}

export function Scatter(_: AnalysisProps) {
  return null;
}

export function Importance(_: AnalysisProps) {
  return null;
}
