/** The versions that are compared, with their runs and files, kept up to date. */

import { useQueries, useQueryClient } from "@tanstack/react-query";
import { versionOwner } from "../../api/artifacts";
import { getRun } from "../../api/endpoints";
import { getVersion, getVersionFiles } from "../../api/registry";
import type { ComparedVersion } from "../../lib/registry/comparison";
import { useLive } from "../../state/live";
import { modelFilesQuery } from "../../state/model-files";

const LIVE_MS = 1_000;

export interface Comparison {
  versions: ComparedVersion[];
  /** Why a version is not there, in the order of the numbers. */
  errors: (Error | null)[];
  /** Whether something is still on its way. */
  loading: boolean;
}

export function useComparison(name: string, numbers: readonly string[]): Comparison {
  const client = useQueryClient();
  const versions = useQueries({
    queries: numbers.map((version) => ({
      queryKey: ["registry-version", name, version],
      queryFn: ({ signal }: { signal: AbortSignal }) => getVersion(name, version, signal),
    })),
  });
  const runIds = versions.map((one) => one.data?.run_id ?? "");
  const runs = useQueries({
    queries: runIds.map((id, i) => ({
      // Several may have no run.
      queryKey: id ? ["run", id] : ["run", "", i],
      queryFn: ({ signal }: { signal: AbortSignal }) => getRun(id, signal),
      enabled: id !== "",
      staleTime: 30_000,
    })),
  });
  const models = useQueries({ queries: numbers.map((version) => modelFilesQuery(versionOwner(name, version))) });
  const files = useQueries({
    queries: numbers.map((version) => ({
      queryKey: ["registry-files", name, version],
      queryFn: ({ signal }: { signal: AbortSignal }) => getVersionFiles(name, version, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  useLive(
    "",
    (changes) => changes.registered_models.includes(name),
    () => void client.invalidateQueries({ queryKey: ["registry-version", name] }, { cancelRefetch: false }),
    LIVE_MS,
  );
  const known = numbers.map((_, i): ComparedVersion => {
    const model = models[i]?.data;
    return {
      version: versions[i]?.data ?? null,
      run: runs[i]?.data ?? null,
      file: model?.file && model.file !== "unread" ? model.file : null,
      requirements: model?.requirements ?? null,
      files: files[i]?.data ?? null,
    };
  });
  return {
    versions: known,
    errors: numbers.map((_, i) => versions[i]?.error ?? null),
    loading: [...versions, ...models, ...files].some((one) => one.isLoading) || runs.some((one) => one.isLoading),
  };
}
