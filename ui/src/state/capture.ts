/** How a run came about, from its artifacts or those of the first run of its process. */

import { useQuery } from "@tanstack/react-query";
import { readArtifact, runOwner } from "../api/artifacts";
import { ApiError } from "../api/client";
import type { RunDetails } from "../api/types";
import { CAPTURE_FILE, CAPTURE_TAG, type Captured, readCapture } from "../lib/reproducibility/capture";
import { tagValue } from "../lib/tags";

/** Of the largest capture: thousands of files and packages. */
const MAX_BYTES = 8_000_000;

export interface CaptureQuery {
  /** The run whose artifacts have it, "" where nothing was captured. */
  holder: string;
  /** Undefined while it is not there; null where there is none that can be read. */
  data: Captured | null | undefined;
  error: Error | null;
  refetch: () => void;
}

export function useCapture(details: RunDetails): CaptureQuery {
  const holder = tagValue(details.tags, CAPTURE_TAG);
  const query = useQuery({
    // The end of the run writes it again, with the seeds of then.
    queryKey: ["capture", holder, details.run.status],
    queryFn: async ({ signal }) => {
      try {
        const { bytes } = await readArtifact(runOwner(holder), CAPTURE_FILE, MAX_BYTES, signal);
        return readCapture(new TextDecoder().decode(bytes));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    enabled: holder !== "",
    staleTime: 30_000,
    placeholderData: (before, query) => (query?.queryKey[1] === holder ? before : undefined),
  });
  return {
    holder,
    data: holder ? query.data : null,
    error: query.data === undefined ? query.error : null,
    refetch: () => void query.refetch(),
  };
}
