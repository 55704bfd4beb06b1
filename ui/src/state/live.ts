/** Pages that follow what happens on the server. */

import { useEffect, useRef } from "react";
import { watch } from "../api/events";
import type { Changes } from "../api/types";
import { throttle } from "../lib/throttle";

/**
 * Calls `onChange` when something happens that `concerns` the caller, at most once in `ms`: events of the experiments
 * with these ids separated by commas, of all with "", of none with null. After a gap in the events, everything happened.
 */
export function useLive(
  experimentIds: string | null,
  concerns: (changes: Changes) => boolean,
  onChange: () => void,
  ms: number,
): void {
  const latest = useRef({ concerns, onChange });
  latest.current = { concerns, onChange };
  useEffect(() => {
    if (experimentIds === null) return;
    const changed = throttle(() => latest.current.onChange(), ms);
    const stop = watch(experimentIds.split(",").filter(Boolean), (changes) => {
      if (latest.current.concerns(changes) || changes.everything) changed();
    });
    return () => {
      changed.cancel();
      stop();
    };
  }, [experimentIds, ms]);
}
