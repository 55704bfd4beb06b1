/** Asks for more of a list when it comes into sight; a button for those whose browser does not tell. */

import { Button, Loader } from "@mantine/core";
import { type RefObject, useEffect, useRef } from "react";
import { useText } from "../i18n";
import classes from "./more.module.css";

interface MoreProps {
  loading: boolean;
  /** Whether the list waits for any answer: it takes no other question until then. */
  busy: boolean;
  onMore: () => void;
  /** What scrolls. */
  scroller: RefObject<HTMLElement | null>;
}

export function More({ loading, busy, onMore, scroller }: MoreProps) {
  const t = useText();
  const ref = useRef<HTMLDivElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  // Made anew after each answer, to ask again when its end is in sight still.
  useEffect(() => {
    if (busy || !ref.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((one) => one.isIntersecting) && latest.current(),
      {
        root: scroller.current,
        rootMargin: "600px",
      },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [busy, scroller]);
  return (
    <div ref={ref} className={classes.more}>
      {loading ? (
        <Loader size="xs" aria-label={t.common.loading} />
      ) : (
        <Button variant="subtle" onClick={onMore}>
          {t.common.more}
        </Button>
      )}
    </div>
  );
}
