/** What scrolls, with a fade where more of it is out of sight. */

import { type ReactNode, useEffect, useRef } from "react";
import classes from "./edges.module.css";

interface EdgesProps {
  axis: "x" | "y";
  className?: string | undefined;
  /** The element that scrolls. */
  children: ReactNode;
}

export function Edges({ axis, className = "", children }: EdgesProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const outer = box.current;
    const scroller = outer?.firstElementChild;
    if (!outer || !(scroller instanceof HTMLElement)) return;
    const look = () => {
      const [at, seen, all] =
        axis === "x"
          ? [scroller.scrollLeft, scroller.clientWidth, scroller.scrollWidth]
          : [scroller.scrollTop, scroller.clientHeight, scroller.scrollHeight];
      outer.toggleAttribute("data-before", at > 1);
      outer.toggleAttribute("data-after", at + seen < all - 1);
    };
    // The size of what is in it changes without a word from it.
    const sizes = new ResizeObserver(look);
    for (const one of [scroller, ...scroller.children]) sizes.observe(one);
    scroller.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      scroller.removeEventListener("scroll", look);
    };
  }, [axis]);
  return (
    <div ref={box} className={`${classes.edges} ${className}`} data-axis={axis}>
      {children}
    </div>
  );
}
