/** A logged model as its page shows it, kept up to date, and what can be done with it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { deleteModel, deleteModelTag, getModel, restoreModel, setModelTag } from "../../api/endpoints";
import type { LoggedModel } from "../../api/types";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import { useLive } from "../../state/live";
import { toasts } from "../../state/toasts";

const LIVE_MS = 1_000;

export function useModel(modelId: string) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["model", modelId], queryFn: ({ signal }) => getModel(modelId, signal) });
  useLive(
    query.data?.info.experiment_id ?? null,
    (changes) => changes.logged_models.some((model) => model.model_id === modelId),
    () => void client.invalidateQueries({ queryKey: ["model", modelId] }, { cancelRefetch: false }),
    LIVE_MS,
  );
  return query;
}

/** Changes of a model. Those that return promises fail with the server's reason; the others tell it themselves. */
export function useModelActions({ info }: LoggedModel) {
  const t = useText();
  const client = useQueryClient();
  const { model_id: id, name } = info;
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["model", id] }),
      client.invalidateQueries({ queryKey: ["models"] }),
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
      await restoreModel(id);
      await refresh();
      toasts.show({ text: t.models.restored(name) });
    });
  return {
    restore,
    remove: () =>
      told(async () => {
        await deleteModel(id);
        await refresh();
        toasts.show({ text: t.models.removed(name), action: { label: t.common.undo, run: () => void restore() } });
      }),
    setTag: async (key: string, value: string) => {
      await setModelTag(id, key, value);
      await refresh();
    },
    deleteTag: async (key: string) => {
      await deleteModelTag(id, key);
      await refresh();
    },
  };
}

export type ModelActions = ReturnType<typeof useModelActions>;
