import type { AnalysisProps } from "./analysis-props";
export function ImportanceTable(_: AnalysisProps) {
  return null;
}
