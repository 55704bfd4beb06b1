/** Tables of artifacts: those that `log_table` writes, and others of the same shape. */

import { type Json, parseJson } from "../json-tree";

/** An image of a table: paths of files of the same run. */
export interface ImageCell {
  image: string;
  thumbnail: string;
}

export type Cell = string | number | boolean | null | ImageCell;

export interface Table {
  columns: string[];
  rows: Cell[][];
}

const MAX_SAMPLE = 1_000;
const NUMBER = /^\s*[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$|^\s*[+-]?(?:nan|inf(?:inity)?)\s*$/i;

export const isImage = (cell: Cell | undefined): cell is ImageCell => typeof cell === "object" && cell !== null;

/** The table that a JSON text is: `{"columns": […], "data": [[…]]}`; null when it is something else. */
export function tableOfJson(value: Json): Table | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { columns, data } = value;
  if (!Array.isArray(columns) || !Array.isArray(data) || columns.length === 0) return null;
  if (!columns.every((name) => typeof name !== "object" || name === null)) return null;
  const rows = data.filter((row): row is Json[] => Array.isArray(row));
  if (rows.length !== data.length) return null;
  return {
    columns: columns.map(String),
    rows: rows.map((row) => columns.map((_, i) => toCell(row[i] ?? null))),
  };
}

/** A list of flat objects with the same few keys, as `DataFrame.to_json(orient="records")` writes it; else null. */
export function tableOfRecords(value: Json): Table | null {
  if (!Array.isArray(value) || value.length < 2) return null;
  const columns = new Set<string>();
  for (const one of value) {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return null;
    for (const key of Object.keys(one)) columns.add(key);
    if (columns.size > 500) return null;
  }
  const keys = [...columns];
  if (keys.length === 0) return null;
  return {
    columns: keys,
    rows: value.map((one) => keys.map((key) => toCell((one as { [key: string]: Json })[key] ?? null))),
  };
}

/** The records of JSON lines, when all of them are objects; else null. A last line that is cut is left out. */
export function tableOfLines(text: string, whole: boolean): Table | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (!whole) lines.pop();
  try {
    return tableOfRecords(lines.map(parseJson));
  } catch {
    return null;
  }
}

function toCell(value: Json): Cell {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value) && value.type === "image" && typeof value.filepath === "string") {
    const small = value.compressed_filepath;
    return { image: value.filepath, thumbnail: typeof small === "string" ? small : value.filepath };
  }
  return JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));
}

/** A cell as text, whole. */
export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return "";
  return isImage(cell) ? cell.image : String(cell);
}

/** The number that a cell is, null when it is none. */
export function cellNumber(cell: Cell | undefined): number | null {
  if (typeof cell === "number") return cell;
  if (typeof cell !== "string" || !NUMBER.test(cell)) return null;
  const text = cell.trim().toLowerCase().replaceAll("_", "");
  const named = /^([+-]?)(nan|inf)/.exec(text);
  if (!named) return Number(text);
  return named[2] === "nan" ? Number.NaN : named[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Which columns have numbers and nothing else but empty cells, as far as the first rows tell. */
export function numericColumns(table: Table): boolean[] {
  const sample = table.rows.slice(0, MAX_SAMPLE);
  return table.columns.map((_, i) => {
    const filled = sample.filter((row) => cellText(row[i]) !== "");
    return filled.length > 0 && filled.every((row) => cellNumber(row[i]) !== null);
  });
}

/** The order of rows by a column, as indices; empty cells and NaN come last either way, equal ones keep their order. */
export function sortedRows(table: Table, column: number, descending: boolean): number[] {
  const collator = new Intl.Collator(undefined, { numeric: true });
  const sign = descending ? -1 : 1;
  const keys = table.rows.map((row) => {
    const cell = row[column];
    const number = cellNumber(cell);
    const text = cellText(cell);
    return { empty: text === "" || Number.isNaN(number), number: Number.isNaN(number) ? null : number, text };
  });
  return table.rows
    .map((_, i) => i)
    .sort((a, b) => {
      const [one, other] = [keys[a], keys[b]];
      if (!one || !other) return 0;
      if (one.empty || other.empty) return Number(one.empty) - Number(other.empty) || a - b;
      if (one.number !== null && other.number !== null) return sign * (one.number - other.number) || a - b;
      // Numbers come before words.
      if (one.number !== null || other.number !== null) return sign * (one.number !== null ? -1 : 1);
      return sign * collator.compare(one.text, other.text) || a - b;
    });
}
