/** One zoom for several images: they are scaled and scrolled together. */

import { createContext, useCallback, useContext, useMemo, useRef, useState } from "react";
import type { Scale } from "../../lib/artifacts/image-zoom";

export interface Zoom {
  scale: Scale;
  setScale: (scale: Scale) => void;
  /** A scroller that takes part; call what is returned when it goes. */
  join: (scroller: HTMLElement) => () => void;
  /** Moves the others to where this one was moved. */
  moved: (scroller: HTMLElement) => void;
}

/** Images below it share one zoom. */
export const ZoomContext = createContext<Zoom | null>(null);

export function useOwnZoom(): Zoom {
  const [scale, setScale] = useState<Scale>("fit");
  const scrollers = useRef(new Set<HTMLElement>());
  const leader = useRef<HTMLElement | null>(null);
  const join = useCallback((scroller: HTMLElement) => {
    scrollers.current.add(scroller);
    return () => {
      scrollers.current.delete(scroller);
    };
  }, []);
  const moved = useCallback((scroller: HTMLElement) => {
    // The others tell of the move that they were made to make.
    if (leader.current && leader.current !== scroller) return;
    leader.current = scroller;
    const part = (at: number, all: number, seen: number) => (all > seen ? at / (all - seen) : 0);
    const x = part(scroller.scrollLeft, scroller.scrollWidth, scroller.clientWidth);
    const y = part(scroller.scrollTop, scroller.scrollHeight, scroller.clientHeight);
    for (const other of scrollers.current) {
      if (other === scroller) continue;
      other.scrollLeft = x * (other.scrollWidth - other.clientWidth);
      other.scrollTop = y * (other.scrollHeight - other.clientHeight);
    }
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        leader.current = null;
      }),
    );
  }, []);
  return useMemo(() => ({ scale, setScale, join, moved }), [scale, join, moved]);
}

/** The zoom that is shared, else one of its own. */
export function useZoom(): Zoom {
  const shared = useContext(ZoomContext);
  const own = useOwnZoom();
  return shared ?? own;
}
