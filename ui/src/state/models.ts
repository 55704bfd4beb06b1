/** The table of models: what it shows, as its URL says it, and its models, a page at a time. */

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { findModels, findRuns } from "../api/endpoints";
import type { LoggedModel } from "../api/types";
import { MODEL_FIELDS, toFilter } from "../lib/filter";
import { orderBy, parseSort } from "../lib/models/columns";
import { useLive } from "./live";
import { anyTexts, type Changer, changer, oneOf, reading, text } from "./search";

export interface ModelsSearch {
  /** The filter. */
  q?: string;
  /** The order, such as `metrics/acc DESC`. */
  sort?: string;
  stage?: "deleted" | "all";
  /** Columns by their ids; those that the page chooses itself when absent. */
  cols?: string[];
}

export const readModelsSearch = reading<ModelsSearch>({
  q: text,
  sort: text,
  stage: oneOf("deleted", "all"),
  cols: anyTexts,
});

const VIEWS = { active: "ACTIVE_ONLY", deleted: "DELETED_ONLY", all: "ALL" };

const route = getRouteApi("/experiments/$ids/models");

/** What the page shows, and how to change it. */
export function useModelsSearch(): [ModelsSearch, Changer<ModelsSearch>] {
  const navigate = route.useNavigate();
  return [route.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

/** The experiments whose models the page shows. */
export function useModelsExperiments(): string[] {
  const { ids } = route.useParams();
  return useMemo(() => ids.split(",").filter(Boolean), [ids]);
}

const PAGE_MODELS = 100;
/** Longer lists are not asked for anew by themselves. */
const FEW_PAGES = 4;
const LIVE_MS = 1_000;

export interface ModelList {
  models: LoggedModel[];
  loading: boolean;
  /** Whether what is shown is of an earlier question. */
  stale: boolean;
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  /** Whether any answer is awaited. */
  busy: boolean;
  loadMore: () => void;
  refetch: () => void;
}

/** What the server is asked for the models that the page shows. */
export const modelsQuestion = (experimentIds: readonly string[], { q = "", sort = "", stage }: ModelsSearch) => ({
  experiment_ids: [...experimentIds],
  filter: toFilter(q, MODEL_FIELDS),
  order_by: orderBy(parseSort(sort)),
  view_type: VIEWS[stage ?? "active"],
});

/** Models of some experiments, kept up to date while they are shown. */
export function useModelList(experimentIds: readonly string[], search: ModelsSearch): ModelList {
  const client = useQueryClient();
  const question = modelsQuestion(experimentIds, search);
  const key = ["models", question];
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      findModels({ ...question, max_results: PAGE_MODELS, page_token: pageParam }, signal),
    getNextPageParam: (last) => last.next_page_token || undefined,
    placeholderData: keepPreviousData,
    enabled: experimentIds.length > 0,
  });
  const loaded = useRef(0);
  loaded.current = query.data?.pages.length ?? 0;
  useLive(
    experimentIds.join(",") || null,
    (changes) => changes.logged_models.length > 0,
    () => {
      if (loaded.current <= FEW_PAGES) void client.invalidateQueries({ queryKey: key }, { cancelRefetch: false });
    },
    LIVE_MS,
  );
  // A question with an error is answered with nothing; what was shown before it stays.
  const last = useRef(query.data);
  if (query.data) last.current = query.data;
  const pages = (query.data ?? (query.error ? last.current : undefined))?.pages;
  return {
    // A model that moved between two pages that were read apart is in both.
    models: useMemo(
      () => [...new Map((pages ?? []).flatMap((page) => page.models).map((one) => [one.info.model_id, one])).values()],
      [pages],
    ),
    loading: query.isPending,
    stale: query.isPlaceholderData || (query.error !== null && pages !== undefined),
    error: query.error,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    busy: query.isFetching,
    loadMore: () => void (query.isFetching || query.fetchNextPage()),
    refetch: () => void query.refetch(),
  };
}

const MOST_RUNS = 500;

/** The names of the runs that made models, by their ids; those that are not known are left out. */
export function useRunNames(
  experimentIds: readonly string[],
  models: readonly LoggedModel[],
): ReadonlyMap<string, string> {
  const joined = [...new Set(models.map((model) => model.info.source_run_id))]
    .filter((id) => /^[\w-]+$/.test(id))
    .slice(0, MOST_RUNS)
    .sort()
    .join(",");
  const query = useQuery({
    queryKey: ["model-runs", experimentIds, joined],
    queryFn: async ({ signal }) => {
      const found = await findRuns(
        {
          experiment_ids: [...experimentIds],
          filter: `attributes.run_id IN (${joined
            .split(",")
            .map((id) => `'${id}'`)
            .join(", ")})`,
          view: "all",
          max_results: MOST_RUNS,
        },
        signal,
      );
      return new Map(found.runs.map((run) => [run.run_id, run.name]));
    },
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    structuralSharing: false,
    enabled: joined !== "",
  });
  return query.data ?? NO_NAMES;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();
