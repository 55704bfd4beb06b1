/** What the compare page shows, as its URL says it. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { SECTIONS, type Section, type Stat } from "../lib/comparison";
import type { Direction } from "../lib/direction";
import { CHART_READERS, type ChartState } from "./charts";
import { anyTexts, type Change, type Changer, changer, flag, oneOf, reading, text, texts } from "./search";

/** In their order. */
export const COMPARE_TABS = ["overview", "charts", "artifacts", "changes"] as const;
export type CompareTab = (typeof COMPARE_TABS)[number];

export interface CompareSearch extends ChartState {
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
  /** Runs that charts leave out. */
  off?: string[];
  /** Sections that are folded, and rows whose values are shown whole. */
  hide?: Section[];
  open?: string[];
  /** The artifact that is shown side by side. */
  path?: string;
  /** Two texts are shown beside each other, or what differs between two other files. */
  look?: "side" | "diff";
  /** Equal lines of two texts are shown, too. */
  whole?: boolean;
}

const MAX_RUNS = 200;

export const readCompareSearch = reading<CompareSearch>({
  ...CHART_READERS,
  runs: (given) => (anyTexts(Array.isArray(given) ? given : (text(given)?.split(",") ?? [])) ?? []).slice(0, MAX_RUNS),
  tab: oneOf(...COMPARE_TABS),
  all: flag,
  q: text,
  stat: oneOf("min", "max"),
  base: text,
  up: texts,
  down: texts,
  flat: texts,
  open: texts,
  off: texts,
  hide: (given) => {
    const found = SECTIONS.filter((section) => texts(given)?.includes(section));
    return found.length > 0 ? found : undefined;
  },
  path: text,
  look: oneOf("side", "diff"),
  whole: flag,
});

const route = getRouteApi("/compare");

/** What the page shows, and how to change it. */
export function useCompareSearch(): [CompareSearch, Changer<CompareSearch>] {
  const navigate = route.useNavigate();
  return [route.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

const MARKS: Record<Direction, "up" | "down" | "flat"> = { up: "up", down: "down", none: "flat" };

/** The direction that a person gave a metric, null when there is none. */
export function givenDirection(search: CompareSearch, key: string): Direction | null {
  if (search.up?.includes(key)) return "up";
  if (search.down?.includes(key)) return "down";
  return search.flat?.includes(key) ? "none" : null;
}

/** The change that gives a metric a direction; null takes it away. */
export function withDirection(search: CompareSearch, key: string, direction: Direction | null): Change<CompareSearch> {
  const change: Change<CompareSearch> = {};
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
