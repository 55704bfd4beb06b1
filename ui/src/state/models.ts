/** The table of models: what it shows, as its URL says it, and its models, a page at a time. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { findModels, findRuns } from "../api/endpoints";
import type { LoggedModel } from "../api/types";
import { MODEL_FIELDS, runsFilter, toFilter } from "../lib/filter";
import { orderBy, parseSort } from "../lib/models/columns";
import { usePagedList } from "./paged-list";
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

const idOf = (model: LoggedModel) => model.info.model_id;

/** What the server is asked for the models that the page shows. */
export const modelsQuestion = (experimentIds: readonly string[], { q = "", sort = "", stage }: ModelsSearch) => ({
  experiment_ids: [...experimentIds],
  filter: toFilter(q, MODEL_FIELDS),
  order_by: orderBy(parseSort(sort)),
  view_type: VIEWS[stage ?? "active"],
});

/** Models of some experiments, kept up to date while they are shown. */
export function useModelList(experimentIds: readonly string[], search: ModelsSearch) {
  const question = modelsQuestion(experimentIds, search);
  const joined = experimentIds.join(",");
  return usePagedList({
    key: ["models", joined, question],
    load: async (page_token, signal) => {
      const found = await findModels({ ...question, max_results: PAGE_MODELS, page_token }, signal);
      return { items: found.models, next: found.next_page_token };
    },
    idOf,
    experiments: joined || null,
    concerns: (changes) => changes.logged_models.length > 0,
  });
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
          filter: runsFilter(joined.split(",")),
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
