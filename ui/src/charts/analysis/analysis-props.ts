/** What the page of runs tells a chart of many runs, and what such a chart tells back. */

import type { ListedRun } from "../../state/run-list";

export interface AnalysisProps {
  runs: readonly ListedRun[];
  /** The columns that may be axes, by their ids, those with numbers first. */
  columns: readonly string[];
  /** The axes that are shown, by column ids; the chart chooses some when absent. */
  axes?: readonly string[];
  onAxes: (axes: string[]) => void;
  /** A variant of the chart, such as `contour`, and what was chosen for it. */
  chart?: string;
  onChart: (chart: string | undefined) => void;
  onOpen: (runId: string) => void;
}
