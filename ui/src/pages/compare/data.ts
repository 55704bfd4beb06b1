/** The runs that are compared, kept up to date. */

import { type UseQueryResult, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { getRun } from "../../api/endpoints";
import type { RunDetails } from "../../api/types";
import { distinctColours } from "../../lib/compare/compare-colours";
import { tagValue } from "../../lib/tags";
import { useLive } from "../../state/live";

const LIVE_MS = 1_000;
const NO_COLOUR = "#868e96";

export interface ComparedRun {
  id: string;
  /** Its name, the beginning of its id where there is none. */
  name: string;
  colour: string;
  /** Null while it is not there, or when it never will be. */
  details: RunDetails | null;
  error: Error | null;
  refetch: () => void;
}

/** Whether each run is there, or never will be: what is said of all of them together is not true before. */
export const areSettled = (runs: readonly ComparedRun[]): boolean => runs.every((run) => run.details || run.error);

/** The runs in the order of their ids. */
export function useComparedRuns(ids: readonly string[]): ComparedRun[] {
  const client = useQueryClient();
  const combine = useCallback(
    (results: UseQueryResult<RunDetails>[]): ComparedRun[] => {
      // The colour of one depends on those of the others: until all are known, none has any.
      const known = ids.every((_, i) => results[i]?.data || results[i]?.error);
      const colours = distinctColours(
        ids.map((_, i) => {
          const details = results[i]?.data;
          return { number: details?.number ?? i, given: tagValue(details?.tags ?? [], "mlflow.runColor") || null };
        }),
      );
      return ids.map((id, i) => {
        const result = results[i];
        const details = result?.data ?? null;
        return {
          id,
          name: details?.run.run_name || id.slice(0, 8),
          colour: (known && colours[i]) || NO_COLOUR,
          details,
          // What is shown stays when the server is gone.
          error: details ? null : (result?.error ?? null),
          refetch: () => void result?.refetch(),
        };
      });
    },
    [ids],
  );
  const runs = useQueries({
    queries: ids.map((id) => ({
      queryKey: ["run", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => getRun(id, signal),
    })),
    combine,
  });
  const experiments = useExperiments(runs);
  useLive(
    experiments.length > 0 ? experiments.map(({ id }) => id).join(",") : null,
    (changes) => changes.runs.some((run) => ids.includes(run.run_id)),
    () => {
      for (const id of ids) void client.invalidateQueries({ queryKey: ["run", id] }, { cancelRefetch: false });
    },
    LIVE_MS,
  );
  return runs;
}

interface Experiment {
  id: string;
  name: string;
}

/** The experiments of the runs that are known. */
export function useExperiments(runs: readonly ComparedRun[]): Experiment[] {
  const names = new Map(
    runs.flatMap(({ details }) => (details ? [[details.run.experiment_id, details.experiment_name]] : [])),
  );
  const joined = JSON.stringify([...names].sort());
  // The same experiments are the same list.
  return useMemo(() => (JSON.parse(joined) as [string, string][]).map(([id, name]) => ({ id, name })), [joined]);
}
