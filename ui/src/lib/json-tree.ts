/** JSON as a tree of rows, of which some are folded. */

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

const NOT_JSON = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
const MARK = "\u0000number:";
const LONG_NUMBER = /\d{16}/;

/** JSON with what Python writes into it: NaN and infinities; whole numbers keep all their digits. Throws a SyntaxError. */
export function parseJson(text: string): Json {
  try {
    return parsed(text);
  } catch (error) {
    const mended = text.replace(NOT_JSON, (found) => (found.startsWith('"') ? found : `"\\u0000number:${found}"`));
    if (mended === text) throw error;
    return JSON.parse(mended, (_, value: unknown) =>
      typeof value === "string" && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
    ) as Json;
  }
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

function parsed(text: string): Json {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as Json;
  const exact: Reviver = (_, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context?.source ?? "")
      : value;
  return JSON.parse(text, exact) as Json;
}

export interface JsonRow {
  /** Keys from the root, each as JSON, joined by "/". */
  id: string;
  level: number;
  /** The key in its object, the index in its array, null for the root. */
  key: string | number | null;
  value: Json;
  /** How many children it has, null when it is no object or array. */
  size: number | null;
  open: boolean;
  position: number;
  siblings: number;
}

const isBranch = (value: Json): value is Json[] | { [key: string]: Json } =>
  typeof value === "object" && value !== null;

/** How many values an object or array has; null for others. */
export function sizeOf(value: Json): number | null {
  if (!isBranch(value)) return null;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** Which rows are open, before a person has changed it: the upper ones, unless there are very many in them. */
export const opensByItself = (level: number, size: number): boolean => level === 0 || (level < 3 && size <= 50);

/** The rows that are seen; `changed` has those that are not as `opensByItself` says. */
export function jsonRows(root: Json, changed: ReadonlySet<string>, limit = 200_000): JsonRow[] {
  const rows: JsonRow[] = [];
  // A stack of one's own, since nesting may be deeper than calls can be.
  const stack: JsonRow[] = [];
  const row = (id: string, level: number, key: JsonRow["key"], value: Json, position: number, siblings: number) => {
    const size = sizeOf(value);
    const open = size !== null && size > 0 && opensByItself(level, size) !== changed.has(id);
    return { id, level, key, value, size, open, position, siblings };
  };
  stack.push(row("", 0, null, root, 1, 1));
  for (let next = stack.pop(); next && rows.length < limit; next = stack.pop()) {
    rows.push(next);
    if (!next.open || !isBranch(next.value)) continue;
    const entries: [string | number, Json][] = Array.isArray(next.value)
      ? next.value.map((value, i) => [i, value])
      : Object.entries(next.value);
    for (let i = entries.length - 1; i >= 0; i--) {
      const [key, value] = entries[i] ?? ["", null];
      stack.push(row(`${next.id}/${JSON.stringify(key)}`, next.level + 1, key, value, i + 1, entries.length));
    }
  }
  return rows;
}

/** A value on one line, cut at some length. */
export function jsonText(value: Json, max = 500): string {
  if (typeof value === "string") return JSON.stringify(value.length > max ? `${value.slice(0, max)}…` : value);
  if (isBranch(value)) return Array.isArray(value) ? "[…]" : "{…}";
  return String(value);
}
