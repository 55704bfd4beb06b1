import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toasts } from "./toasts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  toasts.release();
  vi.runAllTimers();
  vi.useRealTimers();
});

test("messages go by themselves, but not while they are held", () => {
  toasts.show({ text: "a" });
  vi.advanceTimersByTime(5_000);
  toasts.hold();
  vi.advanceTimersByTime(60_000);
  expect(toasts.items).toHaveLength(1);
  toasts.release();
  vi.advanceTimersByTime(2_000);
  expect(toasts.items).toHaveLength(0);
});

test("the latest of what can be undone is undone, once", () => {
  const runs: string[] = [];
  const action = (name: string) => ({ label: "Undo", run: () => void runs.push(name) });
  toasts.show({ text: "a", action: action("a") });
  toasts.show({ text: "b", action: action("b") });
  toasts.show({ text: "c" });
  toasts.undo();
  toasts.undo();
  toasts.undo();
  expect(runs).toEqual(["b", "a"]);
  expect(toasts.items.map((one) => one.text)).toEqual(["c"]);
});
