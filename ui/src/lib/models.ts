/** Models that a run made, as its tag `mlflow.log-model.history` tells of them. */

import { asList, asObject, asText, leaves, parseJson } from "./json";

export interface LoggedModel {
  path: string;
  /** How it can be loaded, such as `sklearn`. */
  flavors: string[];
  created: string;
  id: string;
  bytes: number | null;
  /** What it takes and gives: `inputs` and `outputs` with their names and types. */
  signature: [string, string][];
}

/** The models of a run, the latest first; of those with the same path only the latest. */
export function readModels(history: string): LoggedModel[] {
  const found = new Map<string, LoggedModel>();
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

// What every model is says the least.
const flavorOrder = (a: string, b: string): number =>
  Number(a === "python_function") - Number(b === "python_function") || (a < b ? -1 : 1);

function readSignature(signature: unknown): [string, string][] {
  return Object.entries(asObject(signature) ?? {}).flatMap(([part, fields]): [string, string][] => {
    const list = asList(typeof fields === "string" ? parseJson(fields) : fields);
    const text = list.slice(0, 30).map((field) => fieldText(field));
    return text.length > 0 ? [[part, text.join(", ") + (list.length > 30 ? " …" : "")]] : [];
  });
}

function fieldText(field: unknown): string {
  const given = asObject(field);
  if (!given) return String(field);
  const spec = asObject(given["tensor-spec"]);
  const type = spec ? `${asText(spec.dtype)}[${asList(spec.shape).join(", ")}]` : asText(given.type);
  const name = asText(given.name);
  return name
    ? `${name}: ${type}`
    : type ||
        leaves(given, 5)
          .map((leaf) => leaf.join(" "))
          .join(", ");
}
