/** Charts of many runs at once, each run a line or a point. Each is fetched when it is shown first. */

import { type ComponentType, lazy, Suspense } from "react";
import type { AnalysisProps } from "./analysis-props";
import { ChartSkeleton } from "./chart-skeleton";

export type { AnalysisProps };

function fetched(load: () => Promise<{ default: ComponentType<AnalysisProps> }>) {
  const Chart = lazy(load);
  return (props: AnalysisProps) => (
    <Suspense fallback={<ChartSkeleton />}>
      <Chart {...props} />
    </Suspense>
  );
}

export const ParallelCoordinates = fetched(async () => ({
  default: (await import("./parallel")).ParallelCoordinates,
}));

export const Scatter = fetched(async () => ({ default: (await import("./scatter")).Scatter }));

export const Importance = fetched(async () => ({ default: (await import("./importance")).ImportanceTable }));
