/** The list of registered models, a page at a time, kept up to date while it is shown. */

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { findRegisteredModels, findVersions, listMoves, type MovesSearch, type Page } from "../api/registry";
import { quoted, REGISTERED_FIELDS, toFilter } from "../lib/filter";
import { useLive } from "./live";
import type { RegisteredModelsSearch } from "./registry";

const PAGE_ITEMS = 100;
/** Longer lists are not asked for anew by themselves. */
const FEW_PAGES = 4;
const LIVE_MS = 1_000;

export interface PagedList<T> {
  items: T[];
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

/** A list of the registry; that of one model, where it is named, and else that of all. */
function usePagedList<T>(
  key: readonly unknown[],
  load: (token: string, signal: AbortSignal) => Promise<Page<T>>,
  idOf: (item: T) => string | number,
  name?: string,
): PagedList<T> {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: (before, of) => (of?.queryKey[1] === key[1] ? before : undefined),
  });
  const loaded = useRef(0);
  loaded.current = query.data?.pages.length ?? 0;
  useLive(
    "",
    (changes) => (name === undefined ? changes.registered_models.length > 0 : changes.registered_models.includes(name)),
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
    // What moved between two pages that were read apart is in both.
    items: useMemo(
      () => [...new Map((pages ?? []).flatMap((page) => page.items).map((one) => [idOf(one), one])).values()],
      [pages, idOf],
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

const nameOf = (model: { name: string }) => model.name;
const versionOf = (version: { version: string }) => version.version;
const numberOf = (move: { number: number }) => move.number;

export const DEFAULT_SORT = "last_updated_timestamp DESC";

/** Registered models that match what was typed. */
export function useRegisteredModels({ q = "", sort = DEFAULT_SORT }: RegisteredModelsSearch) {
  const filter = toFilter(q, REGISTERED_FIELDS);
  return usePagedList(
    ["registered-models", "", filter, sort],
    (page_token, signal) =>
      findRegisteredModels({ filter, order_by: sort, max_results: PAGE_ITEMS, page_token }, signal),
    nameOf,
  );
}

/** The versions of a model, the latest first. */
export const useVersions = (name: string) =>
  usePagedList(
    ["registered-versions", name],
    (page_token, signal) =>
      findVersions(
        { filter: `name = ${quoted(name)}`, order_by: "version_number DESC", max_results: PAGE_ITEMS, page_token },
        signal,
      ),
    versionOf,
    name,
  );

/** The moves of a model, the latest first. */
export const useMoves = (name: string, search: Pick<MovesSearch, "status"> = {}) =>
  usePagedList(
    ["registry-moves", name, search.status ?? ""],
    (page_token, signal) => listMoves(name, { ...search, max_results: PAGE_ITEMS, page_token }, signal),
    numberOf,
    name,
  );
