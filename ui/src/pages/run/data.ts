/** A run as its page shows it, kept up to date, and what can be done with it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { editRuns, getRun, undeleteExperiment } from "../../api/endpoints";
import type { RunDetails } from "../../api/types";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import { useLive } from "../../state/live";
import { toasts } from "../../state/toasts";

const LIVE_MS = 1_000;

export function useRun(runId: string) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["run", runId], queryFn: ({ signal }) => getRun(runId, signal) });
  useLive(
    query.data?.run.experiment_id ?? null,
    (changes) => changes.runs.some((run) => run.run_id === runId),
    () => void client.invalidateQueries({ queryKey: ["run", runId] }, { cancelRefetch: false }),
    LIVE_MS,
  );
  return query;
}

/** Changes of a run. Those that return promises fail with the server's reason; the others tell it themselves. */
export function useRunActions(details: RunDetails) {
  const t = useText();
  const client = useQueryClient();
  const { run_id: id, run_name: name, experiment_id: experimentId } = details.run;
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["run", id] }),
      client.invalidateQueries({ queryKey: ["runs"] }),
    ]);
  const told = async (action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      toasts.show({ kind: "error", text: errorText(error, t) });
    }
  };
  const restore = () =>
    told(async () => {
      await editRuns({ run_ids: [id], lifecycle_stage: "active" });
      await refresh();
      toasts.show({ text: t.run.restored(name) });
    });
  return {
    restore,
    remove: () =>
      told(async () => {
        await editRuns({ run_ids: [id], lifecycle_stage: "deleted" });
        await refresh();
        toasts.show({ text: t.run.removed(name), action: { label: t.common.undo, run: () => void restore() } });
      }),
    restoreExperiment: () =>
      told(async () => {
        await undeleteExperiment(experimentId);
        await refresh();
        toasts.show({ text: t.experiments.restoredToast(details.experiment_name, 1) });
      }),
    rename: async (next: string) => {
      await editRuns({ run_ids: [id], name: next });
      await refresh();
    },
    setTag: async (key: string, value: string) => {
      await editRuns({ run_ids: [id], set_tags: [{ key, value }] });
      await refresh();
    },
    deleteTag: async (key: string) => {
      await editRuns({ run_ids: [id], delete_tags: [key] });
      await refresh();
    },
  };
}

export type RunActions = ReturnType<typeof useRunActions>;
