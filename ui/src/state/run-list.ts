/** The one list of runs of a page: table, charts and all else show these, in this order. */

import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { findColumns, findRuns } from "../api/endpoints";
import type { ColumnsAnswer, FoundRun, FoundRuns } from "../api/types";
import { runColour } from "../lib/colours";
import { columnId } from "../lib/columns";
import { runsFilter } from "../lib/filter";
import { REPRODUCED_TAG, REPRODUCTION_VERDICT_TAG } from "../lib/reproducibility/reproduction";
import { useLive } from "./live";
import type { RunsSearch } from "./runs";

export const PAGE_RUNS = 500;
/** Lists with more loaded pages are brought up to date row by row, and ask for nothing that is new. */
const FEW_PAGES = 4;
const LIVE_MS = 1_000;
/** New keys of params and metrics are looked for at most so often. */
const INVENTORY_MS = 4_000;

const tagColumn = (key: string) => columnId({ kind: "tags", key, aggregate: "last" });
export const COLOUR_COLUMN = tagColumn("mlflow.runColor");
export const PARENT_COLUMN = tagColumn("mlflow.parentRunId");
export const REPRODUCED_COLUMN = tagColumn(REPRODUCED_TAG);
export const REPRODUCTION_COLUMN = tagColumn(REPRODUCTION_VERDICT_TAG);
/** What the table shows of each run whatever its columns are. */
const ALWAYS = [COLOUR_COLUMN, PARENT_COLUMN, REPRODUCED_COLUMN, REPRODUCTION_COLUMN];

/** A run with its values by column id. */
export interface ListedRun {
  id: string;
  experimentId: string;
  name: string;
  user: string;
  status: string;
  startTime: number;
  endTime: number | null;
  deleted: boolean;
  colour: string;
  values: Record<string, string | number | null>;
}

/** A page as it came, with the columns that were asked for: it may be shown a while longer than they are asked for. */
interface RunsPage extends FoundRuns {
  columns: readonly string[];
}

export interface RunList {
  runs: ListedRun[];
  /** Whether the runs have their values of a column: what is shown of an earlier question may be without them. */
  has: (column: string) => boolean;
  /** The column that the runs are grouped by, once they have its values. */
  group: string | undefined;
  /** How many runs match, loaded or not. */
  total: number;
  /** Whether the first page is still to come; that an earlier question found nothing says nothing of this one. */
  loading: boolean;
  /** Whether what is shown is of an earlier question. */
  stale: boolean;
  error: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  refetch: () => void;
}

/** What every run has, whatever columns are asked for. */
const isAttribute = (column: string): boolean => column.startsWith("attributes.");

/** A value of a run by a column's id; attributes too. */
export function cellOf(run: ListedRun, column: string): string | number | null {
  switch (column) {
    case "attributes.run_name":
      return run.name;
    case "attributes.run_id":
      return run.id;
    case "attributes.user_id":
      return run.user;
    case "attributes.status":
      return run.status;
    case "attributes.start_time":
      return run.startTime;
    case "attributes.end_time":
      return run.endTime;
    case "attributes.duration":
      return run.endTime === null ? null : run.endTime - run.startTime;
    case "attributes.experiment_id":
      return run.experimentId;
    default:
      return run.values[column] ?? null;
  }
}

function listed(run: FoundRun, columns: readonly string[]): ListedRun {
  const values = Object.fromEntries(columns.map((column, i) => [column, toValue(run.values[i], column)]));
  return {
    id: run.run_id,
    experimentId: run.experiment_id,
    name: run.name,
    user: run.user,
    status: run.status,
    startTime: run.start_time,
    endTime: run.end_time,
    deleted: run.lifecycle_stage === "deleted",
    colour: runColour(run.number, values[COLOUR_COLUMN]),
    values,
  };
}

const ofPages = new WeakMap<RunsPage, ListedRun[]>();

/** The runs of a page; of the same page the same ones, so that a page that is added draws no row of the others again. */
function listedPage(page: RunsPage): ListedRun[] {
  let runs = ofPages.get(page);
  if (!runs) {
    runs = page.runs.map((run) => listed(run, page.columns));
    ofPages.set(page, runs);
  }
  return runs;
}

function toValue(value: string | number | null | undefined, column: string): string | number | null {
  if (value === undefined || value === null) return null;
  // NaN and infinities of metrics travel as text.
  return column.startsWith("metrics.") ? Number(value) : value;
}

/** Runs of some experiments with some columns, a page at a time, kept up to date while they are shown. */
export function useRunList(experimentIds: readonly string[], search: RunsSearch, columns: readonly string[]): RunList {
  const client = useQueryClient();
  const asked = useMemo(() => {
    const wanted = [...columns, ...(search.group ? [search.group] : []), ...ALWAYS];
    return [...new Set(wanted.filter((column) => !isAttribute(column)))].sort();
  }, [columns, search.group]);
  const key = useMemo(
    () => ["runs", experimentIds, search.q ?? "", search.sort ?? "", search.stage ?? "active", asked] as const,
    [experimentIds, search.q, search.sort, search.stage, asked],
  );
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }): Promise<RunsPage> => {
      const page = await findRuns(
        {
          experiment_ids: [...experimentIds],
          filter: search.q ?? "",
          order_by: search.sort ? [search.sort] : [],
          view: search.stage ?? "active",
          columns: asked,
          max_results: PAGE_RUNS,
          max_chars: 250,
          page_token: pageParam,
          count: pageParam === "",
        },
        signal,
      );
      return { ...page, columns: asked };
    },
    getNextPageParam: (last) => last.next_page_token || undefined,
    placeholderData: keepPreviousData,
    enabled: experimentIds.length > 0,
  });

  const loaded = useRef(0);
  loaded.current = query.data?.pages.length ?? 0;
  const changed = useRef({ runs: new Set<string>(), everything: false });
  const experiments = experimentIds.join(",");
  const update = async () => {
    const { runs, everything } = changed.current;
    changed.current = { runs: new Set(), everything: false };
    // Otherwise the first answer is still to come.
    if (loaded.current === 0) return;
    if (everything && loaded.current <= FEW_PAGES) return client.invalidateQueries({ queryKey: key });
    const ids = [...runs].slice(0, PAGE_RUNS);
    if (ids.length === 0) return;
    const fresh = await findRuns({
      experiment_ids: [...experimentIds],
      filter: runsFilter(ids),
      view: "all",
      columns: asked,
      max_results: PAGE_RUNS,
      max_chars: 250,
    });
    const byId = new Map(fresh.runs.map((run) => [run.run_id, run]));
    client.setQueryData<InfiniteData<RunsPage>>(
      key,
      (data) =>
        data && {
          ...data,
          pages: data.pages.map((page) => ({ ...page, runs: page.runs.map((run) => byId.get(run.run_id) ?? run) })),
        },
    );
  };
  useLive(
    experiments || null,
    ({ runs, everything }) => {
      changed.current.everything ||=
        everything || runs.some((run) => run.what.includes("created") || run.what.includes("lifecycle"));
      for (const run of runs) changed.current.runs.add(run.run_id);
      return runs.length > 0;
    },
    // A failed update is made up for by the next one.
    () => void update().catch(() => {}),
    LIVE_MS,
  );
  useLive(
    experiments || null,
    ({ runs }) => runs.length > 0,
    () => void client.invalidateQueries({ queryKey: ["columns", experimentIds] }),
    INVENTORY_MS,
  );

  // A question with an error is answered with nothing; what was shown before it stays.
  const last = useRef(query.data);
  if (query.data) last.current = query.data;
  const pages = (query.data ?? (query.error ? last.current : undefined))?.pages;
  const runs = useMemo(() => (pages ?? []).flatMap(listedPage), [pages]);
  const has = (column: string) => isAttribute(column) || pages?.[0]?.columns.includes(column) === true;
  return {
    runs,
    has,
    group: search.group && has(search.group) ? search.group : undefined,
    total: pages?.[0]?.total ?? runs.length,
    loading: query.isPending || (query.isPlaceholderData && runs.length === 0),
    stale: query.isPlaceholderData || (query.error !== null && pages !== undefined),
    error: query.error,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    refetch: () => void query.refetch(),
  };
}

/** The params, tags and metrics of some experiments' runs. */
export function useColumns(experimentIds: readonly string[]) {
  return useQuery<ColumnsAnswer>({
    queryKey: ["columns", experimentIds],
    queryFn: ({ signal }) => findColumns(experimentIds, signal),
    staleTime: 15_000,
    refetchInterval: 30_000,
    enabled: experimentIds.length > 0,
  });
}

export const MANY_RUNS = 5_000;

/** Loads page after page, up to a limit: for what shows all runs at once. */
export function useManyRuns({ hasMore, loadingMore, loadMore, runs }: RunList): void {
  useEffect(() => {
    if (hasMore && !loadingMore && runs.length < MANY_RUNS) loadMore();
  }, [hasMore, loadingMore, loadMore, runs.length]);
}
