/** Which columns the table has when nobody chose any, and which the analysis charts may use. */

import type { ColumnsAnswer, KeyInfo } from "../../api/types";
import { type Column, columnId, parseColumn } from "../../lib/columns";

const METRICS = 6;
const PARAMS = 8;
const MOST_ANALYSED = 150;

/** Which keys most runs have; those that are the same in all of them say little and come last. */
const byUse = (keys: readonly KeyInfo[]) => {
  const varies = (one: KeyInfo) => Number(one.examples.length > 1);
  return [...keys].sort((a, b) => varies(b) - varies(a) || b.runs - a.runs);
};
const byRuns = (keys: readonly KeyInfo[]) => [...keys].sort((a, b) => b.runs - a.runs);
const id = (kind: Column["kind"], key: string) => columnId({ kind, key, aggregate: "last" });

/** When a run started and how long it took, then the metrics that most runs have, and the params that tell them apart. */
export function usualColumns(inventory: ColumnsAnswer | undefined, experiments: number): string[] {
  const metrics = byRuns((inventory?.metrics ?? []).filter((one) => !one.key.startsWith("system/")));
  return [
    ...(experiments > 1 ? ["attributes.experiment_id"] : []),
    "attributes.start_time",
    "attributes.duration",
    ...metrics.slice(0, METRICS).map((one) => id("metrics", one.key)),
    ...byUse(inventory?.params ?? [])
      .slice(0, PARAMS)
      .map((one) => id("params", one.key)),
  ];
}

/** What may be an axis: metrics, then params; and the least, greatest or first values of metrics that the table shows. */
export function analysisColumns(inventory: ColumnsAnswer | undefined, shown: readonly string[]): string[] {
  const metrics = byRuns((inventory?.metrics ?? []).filter((one) => !one.key.startsWith("system/")));
  const usual = [
    ...metrics.map((one) => id("metrics", one.key)),
    ...byRuns(inventory?.params ?? []).map((one) => id("params", one.key)),
  ].slice(0, MOST_ANALYSED);
  return [...new Set([...usual, ...shown.filter((column) => parseColumn(column)?.kind === "metrics")])];
}

/** What is known of a column's key. */
export function infoOf(inventory: ColumnsAnswer | undefined, column: string): KeyInfo | undefined {
  const parsed = parseColumn(column);
  if (!parsed || parsed.kind === "attributes") return undefined;
  return inventory?.[parsed.kind].find((one) => one.key === parsed.key);
}

/** Whether the server can sort by a column. */
export function isSortable(text: string): boolean {
  return text !== "attributes.duration" && text !== "attributes.experiment_id";
}
