/** Models that a run made, as its tag `mlflow.log-model.history` tells of them. */

import { asList, asObject, asText, parseJson } from "../json";
import { readSignature, type Signature } from "./signature";

export interface HistoricModel {
  path: string;
  /** How it can be loaded, such as `sklearn`. */
  flavors: string[];
  created: string;
  id: string;
  bytes: number | null;
  signature: Signature;
}

/** The models of a run, the latest first; of those with the same path only the latest. */
export function readModels(history: string): HistoricModel[] {
  const found = new Map<string, HistoricModel>();
  for (const entry of [...asList(parseJson(history))].reverse()) {
    const given = asObject(entry);
    const path = asText(given?.artifact_path);
    if (!given || !path || found.has(path)) continue;
    const bytes = given.model_size_bytes;
    found.set(path, {
      path,
      flavors: Object.keys(asObject(given.flavors) ?? {}).sort(flavorOrder),
      created: asText(given.utc_time_created).replace(/\.\d+$/, ""),
      id: asText(given.model_id) || asText(given.model_uuid),
      bytes: typeof bytes === "number" && bytes > 0 ? bytes : null,
      signature: readSignature(given.signature),
    });
  }
  return [...found.values()];
}

/** What every model is says the least. */
export const flavorOrder = (a: string, b: string): number =>
  Number(a === "python_function") - Number(b === "python_function") || (a < b ? -1 : 1);
