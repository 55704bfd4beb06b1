/** What differs between two runs. */

import { useQuery } from "@tanstack/react-query";
import { diffRuns } from "../api/endpoints";

const LIVE_MS = 10_000;
const STALE_MS = 60_000;

interface Asking {
  /** Whether one of them goes on: then it is asked for again every ten seconds. */
  live?: boolean;
  enabled?: boolean;
}

export function useDifference(runId: string, otherRunId: string, { live = false, enabled = true }: Asking = {}) {
  return useQuery({
    queryKey: ["difference", runId, otherRunId],
    queryFn: ({ signal }) => diffRuns(runId, otherRunId, signal),
    staleTime: STALE_MS,
    refetchInterval: live ? LIVE_MS : false,
    enabled,
  });
}
