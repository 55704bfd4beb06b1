/** A dataset that a run used, as its JSON texts tell of it. */

import type { DatasetInput } from "../api/types";
import { asObject, asText, leaves, parseJson } from "./json";
import { readColumns } from "./models/signature";
import { tagValue } from "./tags";

export interface DatasetField {
  name: string;
  type: string;
  /** "feature" or "target" of a tensor dataset, "" for columns. */
  part: "" | "feature" | "target";
  optional: boolean;
}

export interface ReadDataset {
  name: string;
  digest: string;
  context: string;
  sourceType: string;
  /** Where it is from: facts by name; `url` where there is a page of the web. */
  source: [string, string][];
  url: string | null;
  profile: [string, string][];
  fields: DatasetField[];
  /** The schema as it was given, where it is none that is known. */
  otherSchema: string;
}

/** What is known of a dataset. */
export function readDataset({ dataset, tags }: DatasetInput): ReadDataset {
  const source = parseJson(dataset.source);
  const fields = readFields(parseJson(dataset.schema));
  const facts: [string, string][] = asObject(source)
    ? // A dataset made by code has the tags of the run that made it.
      leaves(source).map(([key, value]) => [key.replace(/^tags\.(mlflow\.)?/, ""), value])
    : dataset.source
      ? [["", asText(source) || dataset.source]]
      : [];
  const profile = parseJson(dataset.profile);
  return {
    name: dataset.name,
    digest: dataset.digest,
    context: tagValue(tags ?? [], "mlflow.data.context"),
    sourceType: dataset.source_type,
    source: facts,
    url: facts.map(([, value]) => value).find(isPage) ?? null,
    profile: asObject(profile) ? leaves(profile) : dataset.profile ? [["", dataset.profile]] : [],
    fields,
    otherSchema: fields.length === 0 && dataset.schema && dataset.schema !== "null" ? dataset.schema : "",
  };
}

/** Whether a text is the address of a page of the web, and nothing that runs. */
export function isPage(text: string): boolean {
  if (!/^https?:\/\//i.test(text)) return false;
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

function readFields(schema: unknown): DatasetField[] {
  const object = asObject(schema);
  const columns = fields(object ? (object.mlflow_colspec ?? object.columns) : schema, "");
  if (columns.length > 0) return columns;
  const tensors = asObject(object?.mlflow_tensorspec);
  return [...fields(tensors?.features, "feature"), ...fields(tensors?.targets, "target")];
}

const fields = (given: unknown, part: DatasetField["part"]): DatasetField[] =>
  (readColumns(given) ?? []).map(({ name, type, required }, i) => ({
    name: name || String(i),
    type,
    part,
    optional: !required,
  }));
