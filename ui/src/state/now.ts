/** The time, for texts such as "3 minutes ago" that must not grow old on screen. */

import { useEffect, useState } from "react";

/** Milliseconds since the epoch, brought up to date every `every` milliseconds; never when null. */
export function useNow(every: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (every === null) return;
    setNow(Date.now());
    const timer = setInterval(() => document.hidden || setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
