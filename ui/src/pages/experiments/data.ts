/** The experiments that the page lists, and what can be done with them. */

import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { deleteExperiment, findExperiments, undeleteExperiment } from "../../api/endpoints";
import type { FoundExperiment } from "../../api/types";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import type { ExperimentsSearch } from "../../state/experiments";
import { useLive } from "../../state/live";
import { toasts } from "../../state/toasts";

const PAGE_EXPERIMENTS = 100;
const LIVE_MS = 2_000;
const KEY = "experiments";

export const DEFAULT_SORT = "last_activity DESC";

export function useExperiments(search: ExperimentsSearch) {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: [KEY, search.text ?? "", search.stage ?? "active", search.sort ?? DEFAULT_SORT],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      findExperiments(
        {
          text: search.text ?? "",
          view: search.stage ?? "active",
          order_by: search.sort ?? DEFAULT_SORT,
          max_results: PAGE_EXPERIMENTS,
          page_token: pageParam,
        },
        signal,
      ),
    getNextPageParam: (last) => last.next_page_token || undefined,
    placeholderData: keepPreviousData,
  });
  // A question that is being answered is not asked again: it would never end where an answer takes long.
  const refresh = () => void client.invalidateQueries({ queryKey: [KEY] }, { cancelRefetch: false });
  useLive("", () => true, refresh, LIVE_MS);
  const pages = query.data?.pages;
  // An experiment that moved between two pages that were read apart is in both.
  const experiments = useMemo(
    () => [
      ...new Map((pages ?? []).flatMap((page) => page.experiments).map((one) => [one.experiment_id, one])).values(),
    ],
    [pages],
  );
  return {
    experiments,
    total: pages?.at(-1)?.total ?? 0,
    // That an earlier question found nothing says nothing of this one.
    loading: query.isPending || (query.isPlaceholderData && experiments.length === 0),
    stale: query.isPlaceholderData,
    error: query.error,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    busy: query.isFetching,
    loadMore: () => void (query.isFetching || query.fetchNextPage()),
    refetch: () => void query.refetch(),
  };
}

/** What is done with experiments: each tells what became of it, and deletions can be undone. */
export function useExperimentActions() {
  const t = useText();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: [KEY] });

  /** Does it with each, and gives those with which it worked. */
  const each = async (given: readonly FoundExperiment[], action: (id: string) => Promise<unknown>) => {
    const results = await Promise.allSettled(given.map((one) => action(one.experiment_id)));
    await refresh();
    const failed = results.find((one) => one.status === "rejected");
    if (failed) toasts.show({ kind: "error", text: errorText(failed.reason, t) });
    return given.filter((_, i) => results[i]?.status === "fulfilled");
  };
  const restore = async (given: readonly FoundExperiment[]) => {
    const done = await each(given, undeleteExperiment);
    if (done[0]) toasts.show({ text: t.experiments.restoredToast(done[0].name, done.length) });
  };
  const remove = async (given: readonly FoundExperiment[]) => {
    const done = await each(given, deleteExperiment);
    if (!done[0]) return;
    toasts.show({
      text: t.experiments.deletedToast(done[0].name, done.length),
      action: { label: t.common.undo, run: () => void restore(done) },
    });
  };
  return { remove, restore, refresh };
}
