/** What the pages of the model registry show, as their URLs say it. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { anyTexts, type Changer, changer, flag, oneOf, reading, text, texts } from "./search";

export interface RegisteredModelsSearch {
  /** The filter. */
  q?: string;
  /** The order, such as `name DESC`. */
  sort?: string;
}

/** What the list can be sorted by. */
export const REGISTRY_SORTS = ["name", "last_updated_timestamp", "creation_timestamp"] as const;
export type RegistrySort = (typeof REGISTRY_SORTS)[number];

export const readRegisteredModelsSearch = reading<RegisteredModelsSearch>({
  q: text,
  sort: oneOf(...REGISTRY_SORTS.flatMap((name) => [`${name} ASC`, `${name} DESC`])),
});

export const MODEL_TABS = ["versions", "history", "rules"] as const;
export type RegisteredModelTab = (typeof MODEL_TABS)[number];

export interface RegisteredModelSearch {
  tab?: RegisteredModelTab;
  /** Metrics of the versions' runs that are shown; those that the page chooses itself when absent. */
  cols?: string[];
}

export const readRegisteredModelSearch = reading<RegisteredModelSearch>({ tab: oneOf(...MODEL_TABS), cols: anyTexts });

export const VERSION_TABS = ["overview", "lineage", "files"] as const;
export type VersionTab = (typeof VERSION_TABS)[number];

export interface VersionSearch {
  tab?: VersionTab;
  /** The file that is open. */
  path?: string;
}

export const readVersionSearch = reading<VersionSearch>({ tab: oneOf(...VERSION_TABS), path: text });

export interface CompareVersionsSearch {
  versions?: string[];
  /** Rows that are the same everywhere are shown too. */
  all?: boolean;
  /** Only rows whose key has this text. */
  q?: string;
}

export const readCompareVersionsSearch = reading<CompareVersionsSearch>({ versions: texts, all: flag, q: text });

const list = getRouteApi("/models");
const model = getRouteApi("/models/$name");
const version = getRouteApi("/models/$name/versions/$version");
const comparison = getRouteApi("/models/$name/compare");

/** What the list shows, and how to change it. */
export function useRegisteredModelsSearch(): [RegisteredModelsSearch, Changer<RegisteredModelsSearch>] {
  const navigate = list.useNavigate();
  return [list.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

/** What a model's page shows, and how to change it. */
export function useRegisteredModelSearch(): [RegisteredModelSearch, Changer<RegisteredModelSearch>] {
  const navigate = model.useNavigate();
  return [model.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

/** What a version's page shows, and how to change it. */
export function useVersionSearch(): [VersionSearch, Changer<VersionSearch>] {
  const navigate = version.useNavigate();
  return [version.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

/** What the comparison shows, and how to change it. */
export function useCompareVersionsSearch(): [CompareVersionsSearch, Changer<CompareVersionsSearch>] {
  const navigate = comparison.useNavigate();
  return [comparison.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

export const useRegisteredModelName = (): string => model.useParams().name;
export const useVersionParams = (): { name: string; version: string } => version.useParams();
export const useComparedName = (): string => comparison.useParams().name;
