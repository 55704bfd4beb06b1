/** Rows of a long table, of which only those in sight are made. */

import { useVirtualizer } from "@tanstack/react-virtual";
import type { RefObject } from "react";

export interface VirtualRows {
  indices: readonly number[];
  /** Pixels of the rows before and after those, for rows that stand in for them. */
  before: number;
  after: number;
  /** The `ref` of each row, which has its index in `data-index`. */
  measure: (element: Element | null) => void;
  scrollTo: (index: number) => void;
}

// Fewer rows are all made: the browser's own search finds them, and nothing jumps.
const FEW_ROWS = 200;

/** Rows that are about `height` pixels high, in what scrolls them. */
export function useVirtualRows(
  count: number,
  scroller: RefObject<HTMLElement | null>,
  height: number,
  few = FEW_ROWS,
): VirtualRows {
  const enabled = count > few;
  const virtualizer = useVirtualizer({
    count,
    enabled,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
  });
  if (!enabled) {
    return {
      indices: Array.from({ length: count }, (_, i) => i),
      before: 0,
      after: 0,
      measure: () => {},
      scrollTo: () => {},
    };
  }
  const items = virtualizer.getVirtualItems();
  return {
    indices: items.map((item) => item.index),
    before: items[0]?.start ?? 0,
    after: Math.max(0, virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)),
    measure: virtualizer.measureElement,
    scrollTo: (index) => virtualizer.scrollToIndex(index),
  };
}
