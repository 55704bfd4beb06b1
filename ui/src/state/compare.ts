/** What the compare page shows, as its URL says it. */

import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import type { Axis } from "../api/chart";
import { SECTIONS, type Section, type Stat } from "../lib/comparison";
import type { Direction } from "../lib/direction";

export type CompareTab = "overview" | "charts" | "artifacts";

export interface CompareSearch {
  runs: string[];
  tab?: CompareTab;
  /** Rows that are the same everywhere are shown too. */
  all?: boolean;
  /** Only rows whose key has this text. */
  q?: string;
  /** Which value of metrics is compared; the last by default. */
  stat?: "min" | "max";
  /** The run that others are compared with. */
  base?: string;
  /** Metrics of which higher, lower, or neither is better, where their names say otherwise. */
  up?: string[];
  down?: string[];
  flat?: string[];
  /** Sections that are folded, and rows whose values are shown whole. */
  hide?: Section[];
  open?: string[];
  /** The artifact that is shown side by side. */
  path?: string;
  /** Two texts are shown beside each other, or what differs between two other files. */
  look?: "side" | "diff";
  /** Equal lines of two texts are shown, too. */
  whole?: boolean;
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

const TABS: readonly unknown[] = ["charts", "artifacts"];
const MAX_RUNS = 200;

const isText = (value: unknown): value is string | number | boolean =>
  (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean";

/** What of a URL's search is understood. */
export function readCompareSearch(given: Record<string, unknown>): CompareSearch {
  const { runs, tab, all, q, stat, base, hide, path, look, whole, x, smooth, logx, logy, panels, full, range, size } =
    given;
  // A run id of digits alone, or a key that is a number, comes as one.
  const list = (value: unknown) => (Array.isArray(value) ? [...new Set(value.filter(isText).map(String))] : []);
  const texts = (name: "up" | "down" | "flat" | "open" | "order") => {
    const found = list(given[name]);
    return found.length > 0 ? { [name]: found } : {};
  };
  const hidden = SECTIONS.filter((section) => list(hide).includes(section));
  return {
    runs: (Array.isArray(runs) ? list(runs) : isText(runs) ? String(runs).split(",").filter(Boolean) : []).slice(
      0,
      MAX_RUNS,
    ),
    ...(TABS.includes(tab) && { tab: tab as CompareTab }),
    ...(all === true && { all }),
    ...(isText(q) && { q: String(q) }),
    ...((stat === "min" || stat === "max") && { stat }),
    ...(isText(base) && { base: String(base) }),
    ...texts("up"),
    ...texts("down"),
    ...texts("flat"),
    ...texts("open"),
    ...texts("order"),
    ...(hidden.length > 0 && { hide: hidden }),
    ...(isText(path) && { path: String(path) }),
    ...((look === "side" || look === "diff") && { look }),
    ...(whole === true && { whole }),
    ...((x === "time" || x === "relative") && { x }),
    ...(typeof smooth === "number" && smooth > 0 && smooth < 1 && { smooth }),
    ...(logx === true && { logx }),
    ...(logy === true && { logy }),
    ...(isText(panels) && { panels: String(panels) }),
    ...(isText(full) && { full: String(full) }),
    ...(Array.isArray(range) &&
      range.length === 2 &&
      range.every((one) => typeof one === "number") && { range: range as [number, number] }),
    ...(typeof size === "number" && size >= 1 && size <= 4 && { size }),
  };
}

export type CompareChange = { [K in keyof CompareSearch]?: CompareSearch[K] | undefined };

const route = getRouteApi("/compare");

/** What the page shows, and how to change it; `undefined` goes back to the default. */
export function useCompareSearch(): [CompareSearch, (change: CompareChange, options?: { replace?: boolean }) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (values: CompareChange, options: { replace?: boolean } = {}) => {
      void navigate({
        search: (before) =>
          Object.fromEntries(
            Object.entries({ ...before, ...values }).filter(([, value]) => value !== undefined),
          ) as unknown as CompareSearch,
        replace: options.replace ?? false,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}

const MARKS: Record<Direction, "up" | "down" | "flat"> = { up: "up", down: "down", none: "flat" };

/** The direction that a person gave a metric, null when there is none. */
export function givenDirection(search: CompareSearch, key: string): Direction | null {
  if (search.up?.includes(key)) return "up";
  if (search.down?.includes(key)) return "down";
  return search.flat?.includes(key) ? "none" : null;
}

/** The change that gives a metric a direction; null takes it away. */
export function withDirection(search: CompareSearch, key: string, direction: Direction | null): CompareChange {
  const change: CompareChange = {};
  for (const mark of ["up", "down", "flat"] as const) {
    const others = (search[mark] ?? []).filter((one) => one !== key);
    const own = direction !== null && MARKS[direction] === mark ? [...others, key] : others;
    change[mark] = own.length > 0 ? own : undefined;
  }
  return change;
}

/** The list with something added to it, or taken away if it is there; undefined when nothing is left. */
export function toggled<T>(list: readonly T[] | undefined, item: T): T[] | undefined {
  const rest = (list ?? []).filter((one) => one !== item);
  const next = rest.length === (list ?? []).length ? [...rest, item] : rest;
  return next.length > 0 ? next : undefined;
}

export const statOf = (search: CompareSearch): Stat => search.stat ?? "last";
