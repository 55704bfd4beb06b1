/** What was found when a run had run again, from the artifacts of the run that was it. */

import { useQuery } from "@tanstack/react-query";
import { readArtifact, runOwner } from "../api/artifacts";
import { ApiError } from "../api/client";
import { REPRODUCTION_FILE, type ReproductionDetails, readDetails } from "../lib/reproducibility/reproduction";

const MAX_BYTES = 4_000_000;

/** Null where there is none that can be read, undefined while it is not there. `verdict` is part of the question. */
export function useReproductionDetails(
  runId: string,
  verdict: string | null,
): { data: ReproductionDetails | null | undefined } {
  return useQuery({
    queryKey: ["reproduction", runId, verdict],
    queryFn: async ({ signal }) => {
      try {
        const { bytes } = await readArtifact(runOwner(runId), REPRODUCTION_FILE, MAX_BYTES, signal);
        return readDetails(new TextDecoder().decode(bytes));
      } catch (error) {
        if (error instanceof ApiError && error.status < 500) return null;
        throw error;
      }
    },
    enabled: runId !== "" && verdict !== null,
    staleTime: 60_000,
  });
}
