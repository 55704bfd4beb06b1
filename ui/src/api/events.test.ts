// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watch } from "./events";

class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  hello() {
    this.dispatchEvent(new Event("hello"));
  }
  changes(run: string) {
    const runs = [{ run_id: run, what: [] }];
    this.dispatchEvent(new MessageEvent("changes", { data: JSON.stringify({ runs, experiments: [] }) }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
  Source.all = [];
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const opened = () => Source.all.filter((one) => one.readyState !== Source.CLOSED);

test("all who listen to the same experiments share a connection, which ends with the last", async () => {
  const first = vi.fn();
  const second = vi.fn();
  const stopFirst = watch(["1", "2"], first);
  opened()[0]?.hello();
  expect(first).toHaveBeenLastCalledWith(
    { runs: [], logged_models: [], experiments: [], registered_models: [], everything: true },
    true,
  );
  const stopSecond = watch(["2", "1"], second);
  await Promise.resolve();
  expect(second).toHaveBeenCalledTimes(1);
  expect(opened()).toHaveLength(1);
  opened()[0]?.changes("a");
  expect(first).toHaveBeenCalledTimes(2);
  expect(second).toHaveBeenCalledTimes(2);
  stopFirst();
  vi.runAllTimers();
  expect(opened()).toHaveLength(1);
  stopSecond();
  // A page that comes at once after another keeps it.
  const stopThird = watch(["1", "2"], first);
  vi.runAllTimers();
  expect(Source.all).toHaveLength(1);
  stopThird();
  vi.runAllTimers();
  expect(opened()).toHaveLength(0);
});

test("other experiments have another connection", () => {
  const stops = [watch(["1"], vi.fn()), watch([], vi.fn())];
  expect(opened()).toHaveLength(2);
  for (const stop of stops) stop();
});

test("a refused stream is tried again, but not when nobody listens any more", () => {
  const listener = vi.fn();
  const stop = watch(["1"], listener);
  const refuse = () => {
    const source = opened()[0];
    source?.close();
    source?.dispatchEvent(new Event("error"));
  };
  refuse();
  vi.advanceTimersByTime(6_000);
  expect(Source.all).toHaveLength(2);
  opened()[0]?.hello();
  expect(listener).toHaveBeenLastCalledWith(expect.objectContaining({ everything: true }), false);
  refuse();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(Source.all).toHaveLength(2);
});
