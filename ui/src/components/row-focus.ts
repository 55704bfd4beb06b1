/** Keys that move the focus among the links of the rows of a table. */

import type { KeyboardEvent, RefObject } from "react";
import type { VirtualRows } from "./virtual-rows";

export interface RowFocus {
  /** Moves the focus by some rows; to the first one when it is outside. */
  move: (by: number) => void;
  /** The index of the row that has the focus; -1 when none has. */
  focused: () => number;
  /** What the arrow keys do in the table. */
  onKey: (event: KeyboardEvent) => void;
}

/** Rows have their index in `data-index`, and the link that the focus goes to as their first. */
export function useRowFocus(body: RefObject<HTMLElement | null>, count: number, rows: VirtualRows): RowFocus {
  const focused = () => {
    const row = document.activeElement?.closest<HTMLElement>("tr[data-index]");
    return row && body.current?.contains(row) ? Number(row.dataset.index) : -1;
  };
  const move = (by: number) => {
    const at = focused();
    const to = Math.max(0, Math.min(count - 1, at < 0 ? 0 : at + by));
    const link = () => body.current?.querySelector<HTMLElement>(`tr[data-index="${to}"] a`);
    rows.scrollTo(to);
    // A row that was out of sight is made with the next picture; else the next key finds the focus moved.
    if (link()) link()?.focus();
    else requestAnimationFrame(() => link()?.focus());
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest("[role=menu]")) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(by);
  };
  return { move, focused, onKey };
}
