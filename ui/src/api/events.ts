/** Live updates: one stream of server-sent events, shared by all who listen. */

import { connection } from "../state/connection";
import { NATIVE, url } from "./client";
import type { Changes } from "./types";

/** `opened` where the stream has only begun: what happened between an answer of before and now was not told. */
type Listener = (changes: Changes, opened?: boolean) => void;

/** What to take for granted after a time without a stream. */
const EVERYTHING: Changes = { runs: [], logged_models: [], experiments: [], registered_models: [], everything: true };
const HIDDEN_MS = 30_000;
const AGAIN_MS = 5_000;

/** One connection for all listeners to the same experiments; closed while the page is hidden for long. */
class Stream {
  readonly listeners = new Set<Listener>();
  private source: EventSource | null = null;
  private missed = false;
  private live = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly experimentIds: readonly string[]) {
    document.addEventListener("visibilitychange", this.onVisibility);
    this.open();
  }

  add(listener: Listener): void {
    this.listeners.add(listener);
    if (this.live) queueMicrotask(() => this.listeners.has(listener) && listener(EVERYTHING, true));
  }

  end(): void {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.close();
  }

  private open(): void {
    clearTimeout(this.timer);
    if (this.source) return;
    const source = new EventSource(url(`${NATIVE}events`, { experiment_ids: this.experimentIds }));
    this.source = source;
    source.addEventListener("hello", () => {
      connection.found();
      this.live = true;
      this.tell(EVERYTHING, !this.missed);
      this.missed = false;
    });
    source.addEventListener("changes", (event) =>
      this.tell(JSON.parse((event as MessageEvent<string>).data) as Changes),
    );
    source.addEventListener("error", () => {
      // The browser tries again by itself, except after an answer that is no stream.
      this.missed = true;
      this.live = false;
      if (source.readyState === EventSource.CLOSED) {
        this.source = null;
        this.timer = setTimeout(() => document.hidden || this.open(), AGAIN_MS);
      } else {
        connection.lost();
      }
    });
  }

  private close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
    this.missed = true;
    this.live = false;
  }

  private tell(changes: Changes, opened?: boolean): void {
    for (const listener of [...this.listeners]) listener(changes, opened);
  }

  private readonly onVisibility = () => {
    clearTimeout(this.timer);
    if (document.hidden) this.timer = setTimeout(() => this.close(), HIDDEN_MS);
    else this.open();
  };
}

const streams = new Map<string, Stream>();

/** Listens to the events of some experiments, or of all when there are none; the answer ends it. */
export function watch(experimentIds: readonly string[], listener: Listener): () => void {
  const key = [...experimentIds].sort().join(",");
  const stream = streams.get(key) ?? new Stream(experimentIds);
  streams.set(key, stream);
  // The same function may listen twice.
  const own: Listener = (changes, opened) => listener(changes, opened);
  stream.add(own);
  return () => {
    stream.listeners.delete(own);
    // A page that follows another listens on.
    setTimeout(() => {
      if (stream.listeners.size > 0 || streams.get(key) !== stream) return;
      streams.delete(key);
      stream.end();
    });
  };
}
