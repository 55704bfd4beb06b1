import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { throttle } from "./throttle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a burst is two calls: the first and the last", () => {
  const action = vi.fn();
  const throttled = throttle(action, 1000);
  for (let i = 0; i < 10; i++) throttled();
  expect(action).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(action).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(action).toHaveBeenCalledTimes(2);
  throttled();
  expect(action).toHaveBeenCalledTimes(3);
});

test("what was cancelled does not come", () => {
  const action = vi.fn();
  const throttled = throttle(action, 1000);
  throttled();
  throttled();
  throttled.cancel();
  vi.advanceTimersByTime(5000);
  expect(action).toHaveBeenCalledTimes(1);
});
