/** Where the focus goes when what had it is gone. */

import { useEffect, useRef } from "react";

/** Gives the focus back, when the calling dialog goes, to what had it when it came. */
export function useFocusBack(): void {
  const before = useRef(document.activeElement);
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
