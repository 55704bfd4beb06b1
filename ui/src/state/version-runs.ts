/** The runs that versions come from: their names and metrics, found with few questions. */

import { useQuery } from "@tanstack/react-query";
import { findRuns, getRun } from "../api/endpoints";
import { type ModelVersion, toNumber } from "../api/types";
import { columnId } from "../lib/columns";
import { runsFilter } from "../lib/filter";

export interface VersionRun {
  name: string;
  experimentId: string;
  /** The last values, by key. */
  metrics: ReadonlyMap<string, number>;
}

/** More are not asked for at once. */
const MOST_RUNS = 500;
const MOST_METRICS = 100;
/** Versions of one model come from few experiments. */
const MOST_EXPERIMENTS = 10;

export interface VersionRuns {
  /** By their ids; those that are not known are left out. */
  runs: ReadonlyMap<string, VersionRun>;
  /** Whether more of them are on their way. */
  loading: boolean;
}

/** The runs of versions. */
export function useVersionRuns(versions: readonly Pick<ModelVersion, "run_id">[]): VersionRuns {
  const ids = [...new Set(versions.map((one) => one.run_id))].filter((id) => /^[\w-]+$/.test(id)).slice(0, MOST_RUNS);
  const joined = [...ids].sort().join(",");
  const query = useQuery({
    queryKey: ["version-runs", joined],
    queryFn: ({ signal }) => runsOf(ids, signal),
    enabled: joined !== "",
    staleTime: 10_000,
    placeholderData: (before) => before,
    structuralSharing: false,
  });
  return { runs: query.data ?? NONE, loading: query.isLoading || query.isPlaceholderData };
}

const NONE: ReadonlyMap<string, VersionRun> = new Map();

/** No search finds runs without their experiment: one run tells it, and which metrics those like it have. */
async function runsOf(ids: readonly string[], signal: AbortSignal): Promise<Map<string, VersionRun>> {
  const found = new Map<string, VersionRun>();
  let left = [...ids];
  for (let asked = 0; left.length > 0 && asked < MOST_EXPERIMENTS; asked++) {
    const [first = "", ...others] = left;
    left = others;
    // One that is gone, or on another server, is not known.
    const details = await getRun(first, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return null;
    });
    if (!details) continue;
    const experimentId = details.run.experiment_id;
    found.set(first, {
      name: details.run.run_name,
      experimentId,
      metrics: new Map(details.metrics.map((one) => [one.key, toNumber(one.last)])),
    });
    if (left.length === 0) break;
    const keys = details.metrics.map((one) => one.key).slice(0, MOST_METRICS);
    const { runs } = await findRuns(
      {
        experiment_ids: [experimentId],
        filter: runsFilter(left),
        columns: keys.map((key) => columnId({ kind: "metrics", key, aggregate: "last" })),
        view: "all",
        max_results: MOST_RUNS,
      },
      signal,
    );
    for (const run of runs) {
      const metrics = keys.flatMap((key, i): [string, number][] => {
        const value = run.values[i];
        return value === null || value === undefined ? [] : [[key, toNumber(value)]];
      });
      found.set(run.run_id, { name: run.name, experimentId, metrics: new Map(metrics) });
    }
    left = left.filter((id) => !found.has(id));
  }
  return found;
}
