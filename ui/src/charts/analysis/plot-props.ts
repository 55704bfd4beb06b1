/** What a plot of two columns is told. */

import type { Scale } from "../../lib/analysis/column-scale";
import type { ColumnValues } from "../../lib/analysis/column-values";
import type { ListedRun } from "../../state/run-list";
import type { ZoomRange } from "./use-zoom";

/** A column as it is shown on an axis, by colour or by size. */
export interface ShownColumn {
  id: string;
  name: string;
  values: ColumnValues;
  scale: Scale;
}

export interface PlotProps {
  runs: readonly ListedRun[];
  x: ShownColumn;
  y: ShownColumn;
  width: number;
  height: number;
  zoom: ZoomRange | null;
  onZoom: (zoom: ZoomRange | null) => void;
  onOpen: (runId: string) => void;
}
