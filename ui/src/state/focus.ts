/** Where the focus goes when what had it is gone. */

import { useEffect, useRef } from "react";

/** Gives the focus back, when the calling dialog goes, to what had it when it came. */
export function useFocusBack(): void {
  const before = useRef<Element | null | undefined>(undefined);
  before.current ??= opener();
  useEffect(() => {
    const target = before.current;
    return () => {
      // What was done in the dialog may have moved the focus on purpose.
      requestAnimationFrame(() => {
        const lost = !document.activeElement || document.activeElement === document.body;
        if (lost && target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true });
      });
    };
  }, []);
}

/** What has the focus; of an item of a menu, which goes with its menu, what opened the menu. */
function opener(): Element | null {
  const focused = document.activeElement;
  const menu = focused?.closest("[role=menu]");
  return menu?.id ? document.querySelector(`[aria-controls="${CSS.escape(menu.id)}"]`) : focused;
}
