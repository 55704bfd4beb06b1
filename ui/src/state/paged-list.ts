/** A list that is asked for a page at a time, and kept up to date while it is shown. */

import { type QueryKey, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Changes, Page } from "../api/types";
import { useLive } from "./live";

/** Longer lists are not asked for anew by themselves. */
const FEW_PAGES = 4;
const LIVE_MS = 1_000;

export interface PagedList<T> {
  items: T[];
  /** Whether the first page is still to come; that an earlier question found nothing says nothing of this one. */
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

interface Asked<T> {
  /** Of the question. The second word is whose list it is: while another one is awaited, nothing of this is shown. */
  key: QueryKey;
  load: (token: string, signal: AbortSignal) => Promise<Page<T>>;
  /** Stays the same function. */
  idOf: (item: T) => string | number;
  /** Experiments whose events are listened to, separated by commas; "" for all, null for none, with which nothing is asked. */
  experiments: string | null;
  concerns: (changes: Changes) => boolean;
}

export function usePagedList<T>({ key, load, idOf, experiments, concerns }: Asked<T>): PagedList<T> {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: (before, of) => (of?.queryKey[1] === key[1] ? before : undefined),
    enabled: experiments !== null,
  });
  const loaded = useRef(0);
  loaded.current = query.data?.pages.length ?? 0;
  useLive(
    experiments,
    concerns,
    () => {
      if (loaded.current <= FEW_PAGES) void client.invalidateQueries({ queryKey: key }, { cancelRefetch: false });
    },
    LIVE_MS,
  );
  // A question with an error is answered with nothing; what was shown before it stays.
  const last = useRef(query.data);
  if (query.data) last.current = query.data;
  const pages = (query.data ?? (query.error ? last.current : undefined))?.pages;
  // What moved between two pages that were read apart is in both.
  const items = useMemo(
    () => [...new Map((pages ?? []).flatMap((page) => page.items).map((one) => [idOf(one), one])).values()],
    [pages, idOf],
  );
  return {
    items,
    loading: query.isPending || (query.isPlaceholderData && items.length === 0),
    stale: query.isPlaceholderData || (query.error !== null && pages !== undefined),
    error: query.error,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    busy: query.isFetching,
    loadMore: () => void (query.isFetching || query.fetchNextPage()),
    refetch: () => void query.refetch(),
  };
}
