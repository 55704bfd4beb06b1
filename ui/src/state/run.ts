/** What a run's page shows, as its URL says it. */

import type { Axis } from "../api/chart";

export type RunTab = "overview" | "charts" | "system" | "artifacts";

export interface RunSearch {
  tab?: RunTab;
  /** The artifact that is open. */
  path?: string;
  x?: Axis;
  smooth?: number;
  logx?: boolean;
  logy?: boolean;
  panels?: string;
  full?: string;
  range?: [number, number];
  order?: string[];
  size?: number;
}

const TABS: readonly unknown[] = ["charts", "system", "artifacts"];

/** What of a URL's search is understood. */
export function readRunSearch(given: Record<string, unknown>): RunSearch {
  const { tab, path, x, smooth, logx, logy, panels, full, range, order, size } = given;
  return {
    ...(TABS.includes(tab) && { tab: tab as RunTab }),
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
    ...(Array.isArray(order) && order.length > 0 && { order: order.map(String) }),
    ...(typeof size === "number" && size >= 1 && size <= 4 && { size }),
  };
}
