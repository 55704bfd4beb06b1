/** Which panels are in, or near, what is seen: only these are fetched and drawn. */

import { useCallback, useEffect, useRef, useState } from "react";

const MARGIN = "320px 0px";
/** Rows of panels that are drawn at once, before it is known what is seen. */
const FIRST_ROWS = 3;

interface Nearness {
  near: (metric: string) => boolean;
  /** Tells that a panel is there, or, with null, that it has gone. */
  element: (metric: string, element: HTMLElement | null) => void;
}

export function useNear(columns: number): Nearness {
  const [seen, setSeen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const elements = useRef(new Map<string, HTMLElement>());
  const observer = useRef<IntersectionObserver | null>(null);
  // What is drawn before anything is known; more of it would be fetched for nothing.
  const guessed = useRef(new Set<string>());
  const first = useRef(columns * FIRST_ROWS);

  useEffect(() => {
    const made = new IntersectionObserver(
      (entries) =>
        setSeen((before) => {
          const after = new Map(before);
          for (const entry of entries) {
            const metric = (entry.target as HTMLElement).dataset.panel;
            // A panel without data takes no room: whether it is near is not seen, and it stays as it was.
            if (metric !== undefined && entry.boundingClientRect.width > 0) after.set(metric, entry.isIntersecting);
          }
          return after;
        }),
      { rootMargin: MARGIN },
    );
    observer.current = made;
    for (const element of elements.current.values()) made.observe(element);
    return () => made.disconnect();
  }, []);

  const element = useCallback((metric: string, one: HTMLElement | null) => {
    const before = elements.current.get(metric);
    if (before) observer.current?.unobserve(before);
    if (one) {
      elements.current.set(metric, one);
      observer.current?.observe(one);
    } else {
      elements.current.delete(metric);
    }
  }, []);

  const near = (metric: string) => {
    const known = seen.get(metric);
    if (known !== undefined) return known;
    if (seen.size === 0 && (guessed.current.has(metric) || guessed.current.size < first.current)) {
      guessed.current.add(metric);
      return true;
    }
    return false;
  };
  return { near, element };
}
