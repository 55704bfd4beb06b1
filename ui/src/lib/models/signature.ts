/** What a model takes and gives, as MLflow writes it in `MLmodel` files, runs' tags and schemas of datasets. */

import { asObject, asText, type JsonObject } from "../json";
import { parseJson } from "../json-tree";

export interface Column {
  /** "" where there is one thing without a name. */
  name: string;
  /** Such as `double`, `array<string>` or `float32 (?, 64)`, in which a dimension of any length is `?`. */
  type: string;
  required: boolean;
  /** Of a parameter, as Python writes it. */
  fallback?: string;
}

export type Part = "inputs" | "outputs" | "params";

/** Each part that the signature has; none where there is no signature. */
export type Signature = Partial<Record<Part, Column[]>>;

const PARTS: readonly Part[] = ["inputs", "outputs", "params"];
const MAX_DEPTH = 8;
/** More have no place on a page, and no model. */
const MAX_COLUMNS = 10_000;

/** The signature of an object with JSON in its fields; what is not understood is left out. */
export function readSignature(given: unknown): Signature {
  const object = asObject(given);
  return Object.fromEntries(
    PARTS.flatMap((part) => {
      const columns = readColumns(object?.[part]);
      return columns && columns.length > 0 ? [[part, columns]] : [];
    }),
  );
}

/** The columns of a list, or of one as JSON; null where it is none. */
export function readColumns(given: unknown): Column[] | null {
  let list = given;
  if (typeof given === "string") {
    try {
      list = parseJson(given);
    } catch {
      return null;
    }
  }
  if (!Array.isArray(list)) return null;
  return list.slice(0, MAX_COLUMNS).flatMap((one) => {
    const column = asObject(one);
    return column ? [readColumn(column)] : [];
  });
}

function readColumn(given: JsonObject): Column {
  return {
    name: asText(given.name),
    type: typeText(given),
    required: given.required !== false && given.optional !== true,
    ...(given.default !== undefined && { fallback: pythonValue(given.default) }),
  };
}

function typeText(given: JsonObject, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  const inner = (one: unknown) => typeText(asObject(one) ?? {}, depth + 1);
  // Parameters of older files have their type as `dtype`.
  const type = asText(given.type) || asText(given.dtype);
  switch (type) {
    case "tensor": {
      const spec = asObject(given["tensor-spec"]);
      return `${asText(spec?.dtype) || type} ${shapeText(spec?.shape)}`.trim();
    }
    case "array":
      return `array<${inner(given.items)}>`;
    case "map":
      return `map<${inner(given.values)}>`;
    case "object": {
      const properties = Object.entries(asObject(given.properties) ?? {});
      return `{${some(properties, ([key, of]) => `${key}${asObject(of)?.required === false ? "?" : ""}: ${inner(of)}`)}}`;
    }
    default:
      return `${type} ${shapeText(given.shape)}`.trim();
  }
}

const shapeText = (shape: unknown): string =>
  Array.isArray(shape) ? `(${shape.map((size) => (size === -1 ? "?" : String(size))).join(", ")})` : "";

function pythonValue(value: unknown, depth = 0): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (depth > MAX_DEPTH) return "…";
  if (Array.isArray(value)) return `[${some(value, (one) => pythonValue(one, depth + 1))}]`;
  const object = asObject(value);
  if (!object) return String(value);
  return `{${some(Object.entries(object), ([key, one]) => `${JSON.stringify(key)}: ${pythonValue(one, depth + 1)}`)}}`;
}

/** Some on a line, the first ones of many. */
function some<T>(all: readonly T[], text: (one: T) => string, most = 30): string {
  return all.slice(0, most).map(text).join(", ") + (all.length > most ? ", …" : "");
}

/** A signature on a few lines: each part with its columns. */
export function signatureLines(signature: Signature): [Part, string][] {
  return PARTS.flatMap((part): [Part, string][] => {
    const columns = signature[part];
    return columns ? [[part, some(columns, ({ name, type }) => (name ? `${name}: ${type}` : type))]] : [];
  });
}
