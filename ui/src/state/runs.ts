/** What the runs page shows, as its URL says it. Everything is optional, and what is the default is left out. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Axis } from "../api/chart";

export type RunsTab = "table" | "charts" | "parallel" | "scatter" | "importance";

export interface RunsSearch {
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
  x?: Axis;
  smooth?: number;
  logx?: boolean;
  logy?: boolean;
  /** Only panels whose name matches this regular expression. */
  panels?: string;
  /** The panel that is shown full screen. */
  full?: string;
  /** The part of x that charts show. */
  range?: [number, number];
  /** Panels in an order of one's own, and their width: 1 (small) to 4. */
  order?: string[];
  size?: number;
  /** Axes of parallel coordinates and scatter plots, by column ids. */
  axes?: string[];
  /** What the scatter, contour and importance charts show. */
  chart?: string;
}

const TABS: readonly string[] = ["table", "charts", "parallel", "scatter", "importance"];
const AXES: readonly string[] = ["step", "time", "relative"];

/** What of a URL's search is understood; the rest is left out. */
export function readRunsSearch(given: Record<string, unknown>): RunsSearch {
  const text = (name: string) => (typeof given[name] === "string" && given[name] ? given[name] : undefined);
  // A run id of digits alone, or a key that is a number, comes as one.
  const texts = (name: string) => {
    const value = given[name];
    return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
  };
  const number = (name: string, low: number, high: number) => {
    const value = given[name];
    return typeof value === "number" && value >= low && value <= high ? value : undefined;
  };
  const oneOf = <T extends string>(name: string, allowed: readonly string[]) => {
    const value = text(name);
    return value !== undefined && allowed.includes(value) ? (value as T) : undefined;
  };
  const range = given.range;
  const found: { [K in keyof RunsSearch]: RunsSearch[K] | undefined } = {
    q: text("q"),
    sort: text("sort"),
    cols: Array.isArray(given.cols) ? given.cols.map(String) : undefined,
    stage: oneOf<"deleted" | "all">("stage", ["deleted", "all"]),
    tab: oneOf<RunsTab>("tab", TABS),
    group: text("group"),
    base: text("base"),
    pin: texts("pin"),
    on: texts("on"),
    off: texts("off"),
    first: number("first", 0, 1000),
    x: oneOf<Axis>("x", AXES),
    smooth: number("smooth", 0, 0.999),
    logx: given.logx === true ? true : undefined,
    logy: given.logy === true ? true : undefined,
    panels: text("panels"),
    full: text("full"),
    range:
      Array.isArray(range) && range.length === 2 && range.every((one) => typeof one === "number")
        ? (range as [number, number])
        : undefined,
    order: texts("order"),
    size: number("size", 1, 4),
    axes: texts("axes"),
    chart: text("chart"),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as RunsSearch;
}

export type RunsChange = { [K in keyof RunsSearch]?: RunsSearch[K] | undefined };

const route = getRouteApi("/experiments/$ids");

/** What the page shows, and how to change it; `undefined` goes back to the default. */
export function useRunsSearch(): [RunsSearch, (change: RunsChange, options?: { replace?: boolean }) => void] {
  const given = route.useSearch();
  // The router leaves what was not understood in its place; here it must not be.
  const search = useMemo(() => readRunsSearch({ ...given }), [given]);
  const navigate = route.useNavigate();
  const change = (values: RunsChange, options: { replace?: boolean } = {}) => {
    void navigate({
      search: (before) =>
        Object.fromEntries(
          Object.entries({ ...before, ...values }).filter(([, value]) => value !== undefined),
        ) as RunsSearch,
      replace: options.replace ?? false,
      resetScroll: false,
    });
  };
  return [search, change];
}

/** The experiments whose runs the page shows. */
export function useExperimentIds(): string[] {
  const { ids } = route.useParams();
  return ids.split(",").filter(Boolean);
}
