/** Lists of the registry: all registered models, the versions of one, its moves. */

import { findRegisteredModels, findVersions, listMoves, type MovesSearch } from "../api/registry";
import { quoted, REGISTERED_FIELDS, toFilter } from "../lib/filter";
import { usePagedList } from "./paged-list";
import type { RegisteredModelsSearch } from "./registry";

const PAGE_ITEMS = 100;

const nameOf = (model: { name: string }) => model.name;
const versionOf = (version: { version: string }) => version.version;
const numberOf = (move: { number: number }) => move.number;

export const DEFAULT_SORT = "last_updated_timestamp DESC";

/** Registered models that match what was typed. */
export function useRegisteredModels({ q = "", sort = DEFAULT_SORT }: RegisteredModelsSearch) {
  const filter = toFilter(q, REGISTERED_FIELDS);
  return usePagedList({
    key: ["registered-models", "", filter, sort],
    load: (page_token, signal) =>
      findRegisteredModels({ filter, order_by: sort, max_results: PAGE_ITEMS, page_token }, signal),
    idOf: nameOf,
    experiments: "",
    concerns: (changes) => changes.registered_models.length > 0,
  });
}

/** The versions of a model, the latest first. */
export const useVersions = (name: string) =>
  usePagedList({
    key: ["registered-versions", name],
    load: (page_token, signal) =>
      findVersions(
        { filter: `name = ${quoted(name)}`, order_by: "version_number DESC", max_results: PAGE_ITEMS, page_token },
        signal,
      ),
    idOf: versionOf,
    experiments: "",
    concerns: (changes) => changes.registered_models.includes(name),
  });

/** The moves of a model, the latest first. */
export const useMoves = (name: string, search: Pick<MovesSearch, "status"> = {}) =>
  usePagedList({
    key: ["registry-moves", name, search.status ?? ""],
    load: (page_token, signal) => listMoves(name, { ...search, max_results: PAGE_ITEMS, page_token }, signal),
    idOf: numberOf,
    experiments: "",
    concerns: (changes) => changes.registered_models.includes(name),
  });
