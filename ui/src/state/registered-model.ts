/** One registered model and its versions as pages show them, kept up to date. */

import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  findVersions,
  getRegisteredModel,
  getRules,
  getVersion,
  getVersionFiles,
  getVersionLineage,
} from "../api/registry";
import { quoted } from "../lib/filter";
import { useLive } from "./live";

const LIVE_MS = 1_000;

/** Of what is known of one model, the first words of keys; the second one is its name. */
const OF_ONE: ReadonlySet<unknown> = new Set([
  "registered-model",
  "registered-versions",
  "registry-moves",
  "registry-rules",
  "registry-version",
  "registry-lineage",
]);

/** The same of what is known of any. */
const OF_ALL: ReadonlySet<unknown> = new Set(["registered-models", "registered-as"]);

/** Asks again for all that is known of a model, and for the lists that it is in. */
export const refreshModel = (client: QueryClient, name: string) =>
  client.invalidateQueries({
    predicate: ({ queryKey: [kind, of] }) => OF_ALL.has(kind) || (OF_ONE.has(kind) && of === name),
  });

/** One question about a model, asked again when something of it changes. */
function useOf<T>(key: readonly [kind: string, name: string, ...unknown[]], load: (signal: AbortSignal) => Promise<T>) {
  const client = useQueryClient();
  useLive(
    "",
    (changes) => changes.registered_models.includes(key[1]),
    () => void client.invalidateQueries({ queryKey: key }, { cancelRefetch: false }),
    LIVE_MS,
  );
  return useQuery({ queryKey: key, queryFn: ({ signal }) => load(signal) });
}

export const useRegisteredModel = (name: string) =>
  useOf(["registered-model", name], (signal) => getRegisteredModel(name, signal));

export const useRules = (name: string) => useOf(["registry-rules", name], (signal) => getRules(name, signal));

export const useVersion = (name: string, version: string) =>
  useOf(["registry-version", name, version], (signal) => getVersion(name, version, signal));

export const useVersionLineage = (name: string, version: string) =>
  useOf(["registry-lineage", name, version], (signal) => getVersionLineage(name, version, signal));

/** What the files of a version were when it was registered does not change. */
export const useVersionFiles = (name: string, version: string) =>
  useQuery({
    queryKey: ["registry-files", name, version],
    queryFn: ({ signal }) => getVersionFiles(name, version, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

const MOST_REGISTERED = 20;

/** The versions as which a logged model is registered. */
export const useRegisteredAs = (modelId: string) =>
  useQuery({
    queryKey: ["registered-as", modelId],
    queryFn: async ({ signal }) =>
      (
        await findVersions(
          { filter: `model_id = ${quoted(modelId)}`, order_by: "", max_results: MOST_REGISTERED, page_token: "" },
          signal,
        )
      ).items,
  });
