/** What the compare page shows, as its URL says it. */

import type { Axis } from "../api/chart";

export type CompareTab = "overview" | "charts" | "artifacts";

export interface CompareSearch {
  runs: string[];
  tab?: CompareTab;
  /** Rows that are the same everywhere are shown too. */
  all?: boolean;
  /** The run that others are compared with. */
  base?: string;
  /** The artifact that is shown side by side. */
  path?: string;
  x?: Axis;
  smooth?: number;
  logx?: boolean;
  logy?: boolean;
  panels?: string;
  full?: string;
  range?: [number, number];
}

const TABS: readonly unknown[] = ["charts", "artifacts"];

/** What of a URL's search is understood. */
export function readCompareSearch(given: Record<string, unknown>): CompareSearch {
  const { runs, tab, all, base, path, x, smooth, logx, logy, panels, full, range } = given;
  return {
    runs: Array.isArray(runs) ? [...new Set(runs.map(String))] : [],
    ...(TABS.includes(tab) && { tab: tab as CompareTab }),
    ...(all === true && { all }),
    ...(base !== undefined && base !== "" && { base: String(base) }),
    ...(path !== undefined && path !== "" && { path: String(path) }),
    ...((x === "time" || x === "relative") && { x }),
    ...(typeof smooth === "number" && smooth > 0 && smooth < 1 && { smooth }),
    ...(logx === true && { logx }),
    ...(logy === true && { logy }),
    ...(panels !== undefined && panels !== "" && { panels: String(panels) }),
    ...(full !== undefined && full !== "" && { full: String(full) }),
    ...(Array.isArray(range) &&
      range.length === 2 &&
      range.every((one) => typeof one === "number") && { range: range as [number, number] }),
  };
}
