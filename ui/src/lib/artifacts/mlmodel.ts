/** What an `MLmodel` file says of a logged model. */

import { type Json, parseJson } from "../json-tree";
import { readYaml } from "./read-yaml";

export interface ModelColumn {
  name: string;
  type: string;
  required: boolean;
  /** Of a parameter. */
  fallback?: string;
}

export interface ModelFile {
  flavors: { name: string; details: [string, string][] }[];
  inputs: ModelColumn[] | null;
  outputs: ModelColumn[] | null;
  params: ModelColumn[] | null;
  size: number | null;
  created: string;
  mlflowVersion: string;
  modelId: string;
  runId: string;
  /** The file with an example of the input, relative to the model's folder. */
  example: string;
}

type Fields = { [key: string]: Json };

const fields = (value: Json | undefined): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const text = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

/** Reads the file; null when it is not one that is understood. */
export function readModelFile(content: string): ModelFile | null {
  let whole: Fields;
  try {
    whole = fields(readYaml(content));
  } catch {
    return null;
  }
  const flavors = fields(whole.flavors);
  if (Object.keys(flavors).length === 0) return null;
  const signature = fields(whole.signature);
  const size = whole.model_size_bytes;
  return {
    flavors: Object.entries(flavors).map(([name, given]) => ({
      name,
      details: Object.entries(fields(given))
        .filter(([, value]) => value !== null)
        .map(([key, value]) => [key, text(value)]),
    })),
    inputs: columns(signature.inputs),
    outputs: columns(signature.outputs),
    params: columns(signature.params),
    size: typeof size === "number" ? size : null,
    created: text(whole.utc_time_created),
    mlflowVersion: text(whole.mlflow_version),
    modelId: text(whole.model_id),
    runId: text(whole.run_id),
    example: text(fields(whole.saved_input_example_info).artifact_path),
  };
}

function columns(given: Json | undefined): ModelColumn[] | null {
  if (typeof given !== "string") return null;
  try {
    const list = parseJson(given);
    if (!Array.isArray(list)) return null;
    return list.map(fields).map((one) => ({
      name: text(one.name),
      type: typeText(one),
      required: one.required !== false && one.optional !== true,
      ...(one.default !== undefined && { fallback: one.default === null ? "None" : text(one.default) }),
    }));
  } catch {
    return null;
  }
}

const MAX_DEPTH = 8;

function typeText(one: Fields, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  const type = text(one.type);
  if (type === "tensor") {
    const spec = fields(one["tensor-spec"]);
    return `${text(spec.dtype)} ${shapeText(spec.shape)}`.trim();
  }
  if (type === "array") return `array<${typeText(fields(one.items), depth + 1)}>`;
  if (type === "map") return `map<${typeText(fields(one.values), depth + 1)}>`;
  if (type === "object") {
    const inner = Object.entries(fields(one.properties)).map(
      ([key, of]) => `${key}: ${typeText(fields(of), depth + 1)}`,
    );
    return `{${inner.join(", ")}}`;
  }
  return Array.isArray(one.shape) ? `${type} ${shapeText(one.shape)}` : type;
}

/** A shape as people write it; a dimension of any length is `?`. */
function shapeText(shape: Json | undefined): string {
  if (!Array.isArray(shape)) return "";
  return `(${shape.map((size) => (size === -1 ? "?" : text(size))).join(", ")})`;
}
