/** What the runs page shows, as its URL says it. Everything is optional, and what is the default is left out. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { CHART_READERS, type ChartState } from "./charts";
import { anyTexts, type Changer, changer, number, oneOf, reading, text, texts } from "./search";

export type RunsTab = "table" | "charts" | "parallel" | "scatter" | "importance" | "tree";

export interface RunsSearch extends ChartState {
  /** The filter. */
  q?: string;
  /** The order, such as `metrics.acc.max DESC`. */
  sort?: string;
  /** Columns of the table, by their ids; those that the page chooses itself when absent. */
  cols?: string[];
  stage?: "deleted" | "all";
  tab?: RunsTab;
  /** A param, tag or attribute by which runs are grouped. */
  group?: string;
  /** The run that others are compared with. */
  base?: string;
  /** Runs that stay on top. */
  pin?: string[];
  /** Runs that charts show though they are not among the first, and runs that they do not show. */
  on?: string[];
  off?: string[];
  /** How many of the first runs charts show, 10 by default. */
  first?: number;
  /** Axes of parallel coordinates and scatter plots, by column ids. */
  axes?: string[];
  /** What the scatter, contour and importance charts show. */
  chart?: string;
}

export const readRunsSearch = reading<RunsSearch>({
  ...CHART_READERS,
  q: text,
  sort: text,
  cols: anyTexts,
  stage: oneOf("deleted", "all"),
  tab: oneOf("table", "charts", "parallel", "scatter", "importance", "tree"),
  group: text,
  base: text,
  pin: texts,
  on: texts,
  off: texts,
  first: number(0, 1000),
  axes: texts,
  chart: text,
});

const route = getRouteApi("/experiments/$ids");

/** What the page shows, and how to change it. */
export function useRunsSearch(): [RunsSearch, Changer<RunsSearch>] {
  const navigate = route.useNavigate();
  return [route.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

/** The experiments whose runs the page shows. */
export function useExperimentIds(): string[] {
  const { ids } = route.useParams();
  return ids.split(",").filter(Boolean);
}
