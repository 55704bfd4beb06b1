/** What an `MLmodel` file says of a model. */

import { load, mapTag, nullCoreTag, Schema, seqTag, strTag } from "js-yaml";
import { asObject, asText, leaves } from "../json";
import { flavorOrder } from "./history";
import { readSignature, type Signature } from "./signature";

export interface ModelFile {
  flavors: { name: string; details: [string, string][] }[];
  signature: Signature;
  /** Bytes, null where it is not said. */
  size: number | null;
  /** In UTC, "" where it is not said. */
  created: string;
  mlflowVersion: string;
  /** "" where kiseki did not write it. */
  kisekiVersion: string;
  pythonVersion: string;
  modelId: string;
  runId: string;
  /** Files with an example of the input, relative to the model's folder: as it is, and as a server takes it. */
  example: string;
  servingExample: string;
  metadata: [string, string][];
}

/** A larger file is none that a model's packaging has written. */
export const MAX_MODEL_FILE = 1_000_000;

// Texts stay as they are written, a version of 1.10 above all; a tag of any other kind is refused.
const TEXTS = new Schema([strTag, seqTag, mapTag, nullCoreTag]);
const LIMITS = { schema: TEXTS, maxDepth: 50, maxAliases: 100, maxTotalMergeKeys: 0 };

/** Reads the file; null when it is not one that is understood. */
export function readModelFile(content: string): ModelFile | null {
  if (content.length > MAX_MODEL_FILE) return null;
  let whole: unknown;
  try {
    whole = load(content, LIMITS);
  } catch {
    return null;
  }
  const file = asObject(whole);
  const flavors = Object.entries(asObject(file?.flavors) ?? {});
  if (!file || flavors.length === 0) return null;
  const size = Number.parseInt(asText(file.model_size_bytes), 10);
  const example = asObject(file.saved_input_example_info);
  return {
    flavors: flavors
      .sort(([a], [b]) => flavorOrder(a, b))
      .map(([name, given]) => ({
        name,
        details: leaves(asObject(given) ?? {}).filter(([, value]) => value !== "null"),
      })),
    signature: readSignature(file.signature),
    size: size > 0 ? size : null,
    created: asText(file.utc_time_created),
    mlflowVersion: asText(file.mlflow_version),
    kisekiVersion: asText(file.kiseki_version),
    pythonVersion: asText(asObject(asObject(file.flavors)?.python_function)?.python_version),
    modelId: asText(file.model_id) || asText(file.model_uuid),
    runId: asText(file.run_id),
    example: asText(example?.artifact_path),
    servingExample: asText(example?.serving_input_path),
    metadata: leaves(asObject(file.metadata) ?? {}),
  };
}
