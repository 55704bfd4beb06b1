import type { AnalysisProps } from "./analysis-props";
export function Scatter(_: AnalysisProps) {
  return null;
}
