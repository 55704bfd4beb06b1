/** Metrics of the runs that versions come from. */

/** The keys of some runs, those of most runs first; what the machine measured of itself is left out. */
export function metricKeys(runs: readonly ReadonlyMap<string, number>[]): string[] {
  const counts = new Map<string, number>();
  for (const key of runs.flatMap((metrics) => [...metrics.keys()]))
    if (!key.startsWith("system/")) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([key]) => key);
}
