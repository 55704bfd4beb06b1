/** Live updates: one stream of server-sent events, shared by all who listen. */

import { connection } from "../state/connection";
import { NATIVE, url } from "./client";
import type { Changes } from "./types";

/** `opened` where the stream has only begun: what happened between an answer of before and now was not told. */
type Listener = (changes: Changes, opened?: boolean) => void;

/** What to take for granted after a time without a stream. */
const EVERYTHING: Changes = { runs: [], experiments: [], everything: true };
const HIDDEN_MS = 30_000;

/** The events of some experiments, or of all when there are none. Closed while the page is hidden for long. */
export function watch(experimentIds: readonly string[], listener: Listener): () => void {
  let source: EventSource | null = null;
  let missed = false;
  let hiding: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    if (source) return;
    source = new EventSource(url(`${NATIVE}events`, { experiment_ids: experimentIds }));
    source.addEventListener("hello", () => {
      connection.found();
      listener(EVERYTHING, !missed);
      missed = false;
    });
    source.addEventListener("changes", (event) =>
      listener(JSON.parse((event as MessageEvent<string>).data) as Changes),
    );
    source.addEventListener("error", () => {
      // The browser tries again by itself, except after an answer that is no stream.
      missed = true;
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(() => document.hidden || open(), 5_000);
      } else {
        connection.lost();
      }
    });
  };
  const close = () => {
    source?.close();
    source = null;
    missed = true;
  };
  const onVisibility = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(close, HIDDEN_MS);
    else open();
  };

  open();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    clearTimeout(hiding);
    document.removeEventListener("visibilitychange", onVisibility);
    source?.close();
    source = null;
  };
}
