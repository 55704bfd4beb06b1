/** The series of a panel: fetched, kept, shown until newer ones are there. */

import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { type Axis, type ChartSeries, fetchChart, isRaw, type Range } from "../../api/chart";
import { findRuns } from "../../api/endpoints";
import { watch } from "../../api/events";
import { columnId } from "../../lib/columns";
import { runsFilter } from "../../lib/filter";
import { ChartLoader, type ChartQuestion } from "../../lib/panels/chart-loader";
import { concat, logPieces, splice } from "../../lib/panels/splice";

const CHART = "chart";
const PRESENCE = "chart-presence";
const LIVE_MS = 1_500;
const KEEP_MS = 60_000;

const loader = new ChartLoader(fetchChart);

interface Loaded {
  x: Axis;
  range: Range | null;
  series: readonly ChartSeries[];
}

export interface PanelSeries {
  /** The axis of what is shown, which may be of an earlier question. */
  x: Axis;
  /** One for each run that has something, in no order of meaning. */
  series: readonly ChartSeries[];
}

interface Wanted {
  runIds: readonly string[];
  key: string;
  x: Axis;
  logx: boolean;
  buckets: number;
  range: Range | null;
  enabled: boolean;
}

/** What a panel draws: all of each series in buckets, and what is in the range in finer ones. */
export function usePanelSeries({ runIds, key, x, logx, buckets, range, enabled }: Wanted) {
  const query = (part: Range | null, on: boolean) => ({
    queryKey: [CHART, key, x, buckets, part, logx, runIds] as const,
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Loaded> => ({
      x,
      range: part,
      series: await load(runIds, { key, x, buckets, range: part }, logx, signal),
    }),
    placeholderData: (before: Loaded | undefined) => before,
    structuralSharing: (before: unknown, now: unknown) => same(before as Loaded | undefined, now as Loaded),
    // The loader knows what is old: asking it again for what is there costs nothing.
    staleTime: 0,
    gcTime: KEEP_MS,
    enabled: on && runIds.length > 0,
  });
  const whole = useQuery(query(null, enabled));
  const part = useQuery(query(range, enabled && range !== null));
  const base = whole.data;
  const fine = part.data;
  const shown = useMemo((): PanelSeries | null => {
    if (!base) return null;
    if (range === null || !fine?.range || fine.x !== base.x) return { x: base.x, series: base.series };
    const inRange = fine.range;
    const byRun = new Map(fine.series.map((one) => [one.runId, one]));
    return {
      x: base.x,
      series: base.series.map((one) => {
        const finer = isRaw(one) ? undefined : byRun.get(one.runId);
        return finer ? splice(one, finer, inRange) : one;
      }),
    };
  }, [base, fine, range]);
  return {
    shown,
    fetching: whole.isFetching || part.isFetching,
    error: whole.error ?? (range ? part.error : null),
    retry: () => {
      void whole.refetch();
      if (range) void part.refetch();
    },
  };
}

/** A question's series; on a logarithmic axis in pieces, so that its left side is as fine as its right. */
async function load(runIds: readonly string[], question: ChartQuestion, logx: boolean, signal: AbortSignal) {
  const whole = await loader.load(runIds, question, signal);
  if (!logx || whole.every(isRaw)) return whole;
  let [low, high] = question.range ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (!question.range) {
    for (const { x } of whole) {
      low = Math.min(low, x[0] ?? low);
      high = Math.max(high, x[x.length - 1] ?? high);
    }
    // The last bucket is given by its first point; its last one is less than a bucket away.
    high += Math.ceil((high - low) / (question.buckets - 1)) + 1;
  }
  const pieces = logPieces(low, high, question.buckets);
  if (pieces.length === 1) return whole;
  const parts = await Promise.all(pieces.map((range) => loader.load(runIds, { ...question, range }, signal)));
  return whole.map((one, i) => (isRaw(one) ? one : concat(parts.flatMap((part) => part[i] ?? []))));
}

/** What was there, when nothing of it is new. */
function same(before: Loaded | undefined, now: Loaded): Loaded {
  const alike =
    before?.x === now.x &&
    before.range?.[0] === now.range?.[0] &&
    before.range?.[1] === now.range?.[1] &&
    before.series.length === now.series.length &&
    before.series.every((one, i) => one === now.series[i]);
  return alike && before ? before : now;
}

/** Fetches what changes, as long as it is shown: only the runs that changed, not more often than is looked at. */
export function useLiveSeries(experimentIds: readonly string[], runIds: readonly string[]): void {
  const client = useQueryClient();
  const experiments = experimentIds.join(",");
  useEffect(() => {
    const shown = new Set(runIds);
    const changed = new Set<string>();
    let everything = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const update = () => {
      timer = undefined;
      // An answer that is on its way may be without the change: it is asked for after it.
      if (client.isFetching({ queryKey: [CHART] }) > 0) {
        timer = setTimeout(update, LIVE_MS / 3);
        return;
      }
      loader.touch(everything ? null : [...changed]);
      everything = false;
      changed.clear();
      void refresh(client);
    };
    const stop = watch(experiments === "" ? [] : experiments.split(","), (changes, opened) => {
      // All series at once are too much for what a moment may have brought; the next point brings it too.
      if (opened) return;
      everything ||= changes.everything;
      for (const run of changes.runs)
        if (shown.has(run.run_id) && run.what.includes("metrics")) changed.add(run.run_id);
      if (everything || changed.size > 0) timer ??= setTimeout(update, LIVE_MS);
    });
    return () => {
      clearTimeout(timer);
      // What was not fetched for it is fetched when it is shown again.
      if (everything || changed.size > 0) loader.touch(everything ? null : [...changed]);
      stop();
    };
  }, [client, experiments, runIds]);
}

function refresh(client: QueryClient): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: [CHART] }),
    client.invalidateQueries({ queryKey: [PRESENCE] }),
  ]);
}

/** Few keys are looked for by drawing them. */
const FEW_KEYS = 12;
const MOST_COLUMNS = 1_000;
const MOST_RUNS = 1_000;

/** Those of the metrics that at least one of the runs has; null while that is not known. */
export function usePresentKeys(
  experimentIds: readonly string[],
  runIds: readonly string[],
  keys: readonly string[],
): ReadonlySet<string> | null {
  const wanted = keys.length > FEW_KEYS && runIds.length > 0 && runIds.length <= MOST_RUNS && experimentIds.length > 0;
  const { data } = useQuery({
    queryKey: [PRESENCE, experimentIds, runIds, keys],
    queryFn: async ({ signal }) => {
      const present = new Set<string>();
      for (let at = 0; at < keys.length; at += MOST_COLUMNS) {
        const asked = keys.slice(at, at + MOST_COLUMNS);
        const { runs } = await findRuns(
          {
            experiment_ids: [...experimentIds],
            filter: runsFilter(runIds),
            view: "all",
            columns: asked.map((key) => columnId({ kind: "metrics", key, aggregate: "count" })),
            max_results: MOST_RUNS,
          },
          signal,
        );
        for (const run of runs) {
          asked.forEach((key, i) => {
            if (run.values[i] !== null && run.values[i] !== undefined) present.add(key);
          });
        }
      }
      return present;
    },
    // While it is asked for other runs, what these have is not known.
    staleTime: 10_000,
    structuralSharing: false,
    enabled: wanted,
  });
  return wanted ? (data ?? null) : null;
}
