/** The tabs of a page in one line, which scrolls where they have no room; the one that is open is in sight. */

import { Tabs } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { Edges } from "./edges";
import classes from "./tab-strip.module.css";

interface TabStripProps {
  label: string;
  /** The tab that is open. */
  open: string;
  /** Tabs, within `Tabs`. */
  children: ReactNode;
}

export function TabStrip({ label, open, children }: TabStripProps) {
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is open then
  useEffect(() => {
    const tab = box.current?.querySelector('[role="tab"][aria-selected="true"]');
    tab?.scrollIntoView?.({ block: "nearest", inline: "center" });
  }, [open]);
  return (
    <Edges axis="x">
      <div className={classes.strip} ref={box}>
        <Tabs.List aria-label={label}>{children}</Tabs.List>
      </div>
    </Edges>
  );
}
