/** Filters as they are typed: what a plain word means, and what may come next. */

import type { ColumnsAnswer, KeyInfo } from "../api/types";
import { columnId } from "./columns";

const STARTS_FIELD = /^\s*(?:\(|not\b|metrics?\.|param(?:eter)?s?\.|tags?\.|attr(?:ibute)?s?\.|run\.|datasets?\.)/i;
const COMPARES = /[=<>!`"'()]|\b(?:i?like|in|is)\b/i;

/** The fields that all of a kind have. */
export interface Fields {
  /** The attribute that a plain text looks for. */
  name: string;
  attributes: readonly string[];
  /** Attributes that are numbers. */
  numbers: readonly string[];
  /** The values of attributes that have few. */
  values: Readonly<Record<string, readonly string[]>>;
}

export const RUN_FIELDS: Fields = {
  name: "run_name",
  attributes: ["run_name", "status", "start_time", "end_time", "user_id", "run_id"],
  numbers: ["start_time", "end_time"],
  values: { status: ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] },
};

export const MODEL_FIELDS: Fields = {
  name: "name",
  attributes: [
    "name",
    "status",
    "model_type",
    "creation_timestamp",
    "last_updated_timestamp",
    "source_run_id",
    "model_id",
  ],
  numbers: ["creation_timestamp", "last_updated_timestamp"],
  values: { status: ["READY", "PENDING", "FAILED"] },
};

export const REGISTERED_FIELDS: Fields = {
  name: "name",
  attributes: ["name", "creation_timestamp", "last_updated_timestamp"],
  numbers: ["creation_timestamp", "last_updated_timestamp"],
  values: {},
};

/** The filter of names that have a text, whatever is in it; "" for all. */
export const nameFilter = (text: string): string => (text ? `attributes.name ILIKE ${quoted(`%${text}%`)}` : "");

/** A text as a filter writes it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The filter of runs by their ids. */
export const runsFilter = (ids: readonly string[]): string => `attributes.run_id IN (${ids.map(quoted).join(", ")})`;

/** The filter of what was typed: text that compares nothing looks for a name. */
export function toFilter(text: string, of: Fields): string {
  const trimmed = text.trim();
  if (!trimmed || STARTS_FIELD.test(trimmed) || COMPARES.test(trimmed)) return trimmed;
  return `attributes.${of.name} ILIKE '%${trimmed}%'`;
}

export interface Completion {
  /** The part of the text that an option takes the place of. */
  from: number;
  to: number;
  options: { text: string; hint?: string }[];
}

const NUMERIC = ["<", "<=", ">", ">=", "=", "!="];
const TEXTUAL = ["=", "!=", "LIKE", "ILIKE", "IN", "IS NULL", "IS NOT NULL"];
const MOST = 50;

const FIELD = String.raw`(?:metrics|params|tags|attributes)\.(?:${"`[^`]*`"}|"[^"]*"|[A-Za-z_][\w]*)(?:\.(?:last|min|max|first|count))?`;
const OPERATOR = String.raw`(?:<=|>=|!=|=|<|>|I?LIKE|NOT\s+IN|IN|IS\s+NOT\s+NULL|IS\s+NULL)`;
const AFTER_FIELD = new RegExp(String.raw`(${FIELD})\s+([A-Za-z<>=!\s]*)$`, "i");
const IN_VALUE = new RegExp(String.raw`(${FIELD})\s*(${OPERATOR})\s*('[^']*|[^\s'()]*)$`, "i");
const AFTER_VALUE = new RegExp(
  String.raw`${FIELD}\s*(?:(?:<=|>=|!=|=|<|>|I?LIKE)\s*(?:'[^']*'|"[^"]*"|[^\s'"()]+)|(?:NOT\s+)?IN\s*\([^)]*\)|IS(?:\s+NOT)?\s+NULL)\)*\s+(\w*)$`,
  "i",
);
const PARTIAL_FIELD = /(?:^|[\s(])((?:metrics|params|tags|attributes)?\.?(?:`[^`]*|"[^"]*|[^\s()'<>=!]*))$/i;

/** What may come at the caret, the likeliest first. */
export function complete(text: string, caret: number, columns: ColumnsAnswer | undefined, of: Fields): Completion {
  const before = text.slice(0, caret);
  const value = IN_VALUE.exec(before);
  if (value?.[1] && value[3] !== undefined && !/^\s*$/.test(value[2] ?? "") && !/NULL$/i.test(value[2] ?? "")) {
    const from = caret - value[3].length;
    return { from, to: caret, options: values(value[1], value[3], columns, of) };
  }
  const next = AFTER_VALUE.exec(before);
  if (next?.[1] !== undefined) {
    const typed = next[1];
    const options = ["AND", "OR"]
      .filter((one) => one.startsWith(typed.toUpperCase()))
      .map((one) => ({ text: `${one} ` }));
    if (options.length > 0) return { from: caret - typed.length, to: caret, options };
  }
  const operator = AFTER_FIELD.exec(before);
  if (operator?.[1] && operator[2] !== undefined) {
    const typed = operator[2].trim().toUpperCase();
    const known = isNumeric(operator[1], of) ? NUMERIC : TEXTUAL;
    const options = known.filter((one) => one.startsWith(typed)).map((one) => ({ text: `${one} ` }));
    return { from: caret - operator[2].length, to: caret, options };
  }
  const field = PARTIAL_FIELD.exec(before);
  const typed = field?.[1] ?? "";
  return { from: caret - typed.length, to: caret, options: fields(typed, columns, of) };
}

function isNumeric(field: string, of: Fields): boolean {
  return /^metrics\./i.test(field) || of.numbers.includes(field.replace(/^attributes\./i, ""));
}

function fields(typed: string, columns: ColumnsAnswer | undefined, of: Fields): Completion["options"] {
  const [, prefix, rest] = /^(?:(metrics|params|tags|attributes)\.)?[`"]?(.*)$/i.exec(typed) ?? [];
  const wanted = (rest ?? "").toLowerCase();
  const keysOf = (kind: "metrics" | "params" | "tags", keys: readonly KeyInfo[]) =>
    prefix && prefix.toLowerCase() !== kind
      ? []
      : keys
          .filter(
            (one) => one.key.toLowerCase().includes(wanted) || (!prefix && wanted !== "" && kind.startsWith(wanted)),
          )
          .map((one) => ({ text: `${columnId({ kind, key: one.key, aggregate: "last" })} `, hint: String(one.runs) }));
  const attributes =
    prefix && prefix.toLowerCase() !== "attributes"
      ? []
      : of.attributes
          .filter((one) => one.includes(wanted) || (!prefix && "attributes".startsWith(wanted)))
          .map((one) => ({
            text: `attributes.${one} `,
          }));
  return [
    ...keysOf("metrics", columns?.metrics ?? []),
    ...keysOf("params", columns?.params ?? []),
    ...attributes,
    ...keysOf("tags", columns?.tags ?? []),
  ].slice(0, MOST);
}

function values(field: string, typed: string, columns: ColumnsAnswer | undefined, of: Fields): Completion["options"] {
  const [, kind = "", key = ""] = /^(\w+)\.(.*)$/.exec(field) ?? [];
  const plain = key.replace(/^[`"]|[`"]$/g, "");
  const wanted = typed.replace(/^'/, "").toLowerCase();
  const known =
    kind === "attributes"
      ? (of.values[plain] ?? [])
      : kind === "params" || kind === "tags"
        ? (columns?.[kind].find((one) => one.key === plain)?.examples ?? [])
        : [];
  return known
    .filter((one) => !one.includes("'") && one.toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map((one) => ({ text: `'${one}' ` }));
}
