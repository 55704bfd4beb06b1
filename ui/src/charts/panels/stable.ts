/** Values and functions that stay the same while what they stand for does. */

import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** The value that was given before, as long as what is in it is the same. */
export function useSame<T>(value: T): T {
  const kept = useRef({ value, text: "" });
  if (kept.current.value === value && kept.current.text !== "") return value;
  const text = JSON.stringify(value) ?? "undefined";
  if (text !== kept.current.text) kept.current = { value, text };
  return kept.current.value;
}

/** A function that stays the same and does what the latest one does. */
export function useStable<A extends unknown[], R>(given: (...args: A) => R): (...args: A) => R {
  const latest = useRef(given);
  useLayoutEffect(() => {
    latest.current = given;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}

/** A state that goes ahead of what is given, and follows it when that changes. */
export function useFollowing<T>(given: T): [T, (value: T) => void] {
  const [state, setState] = useState({ given, value: given });
  const set = useCallback((value: T) => setState((before) => ({ ...before, value })), []);
  if (state.given !== given) {
    setState({ given, value: given });
    return [given, set];
  }
  return [state.value, set];
}

/** The width of an element, 0 until it is there. */
export function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver>(undefined);
  const measure = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    const update = () => {
      const { paddingLeft, paddingRight } = getComputedStyle(element);
      const padding = (Number.parseFloat(paddingLeft) || 0) + (Number.parseFloat(paddingRight) || 0);
      setWidth(Math.floor(element.clientWidth - padding));
    };
    update();
    observer.current = new ResizeObserver(update);
    observer.current.observe(element);
  }, []);
  return [width, measure];
}

/** A reference to what was given last. */
export function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}
