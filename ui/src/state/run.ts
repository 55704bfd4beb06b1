/** What a run's page shows, as its URL says it. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { CHART_READERS, type ChartState } from "./charts";
import { type Changer, changer, oneOf, reading, text } from "./search";

/** In their order. */
export const RUN_TABS = ["overview", "charts", "system", "artifacts", "reproducibility", "family"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface RunSearch extends ChartState {
  tab?: RunTab;
  /** The artifact that is open. */
  path?: string;
}

export const readRunSearch = reading<RunSearch>({
  ...CHART_READERS,
  tab: oneOf(...RUN_TABS),
  path: text,
});

const route = getRouteApi("/runs/$runId");

/** What the page shows, and how to change it. */
export function useRunSearch(): [RunSearch, Changer<RunSearch>] {
  const navigate = route.useNavigate();
  return [route.useSearch(), useMemo(() => changer(navigate), [navigate])];
}
