/** Columns of runs: how they are written in filters, orders, URLs and requests. */

export type Kind = "metrics" | "params" | "tags" | "attributes";
export type Aggregate = "last" | "min" | "max" | "first" | "count";

export interface Column {
  kind: Kind;
  key: string;
  /** What of a metric's history; "last" for all else. */
  aggregate: Aggregate;
}

export const AGGREGATES: readonly Aggregate[] = ["last", "min", "max", "first", "count"];

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const QUOTED =
  /^(metrics|params|tags|attributes)\.(?:`([^`]*)`|"([^"]*)"|([A-Za-z_][A-Za-z0-9_]*))(?:\.(last|min|max|first|count))?$/;

/** A column as text, such as ``metrics.`val loss`.min``; the reverse of `parseColumn`. */
export function columnId(column: Column): string {
  const quoted = PLAIN.test(column.key)
    ? column.key
    : column.key.includes("`")
      ? `"${column.key}"`
      : `\`${column.key}\``;
  const suffix = column.kind === "metrics" && column.aggregate !== "last" ? `.${column.aggregate}` : "";
  return `${column.kind}.${quoted}${suffix}`;
}

/** The column of a text, null when it is none. */
export function parseColumn(id: string): Column | null {
  const match = QUOTED.exec(id);
  if (!match) return null;
  const [, kind, ticked, quoted, plain, aggregate] = match;
  if (aggregate && kind !== "metrics") return null;
  return {
    kind: kind as Kind,
    key: ticked ?? quoted ?? plain ?? "",
    aggregate: (aggregate as Aggregate | undefined) ?? "last",
  };
}

export interface Sort {
  column: string;
  descending: boolean;
}

/** `metrics.loss DESC` and the like. */
export function parseSort(text: string | undefined): Sort | null {
  if (!text) return null;
  const match = /^(.*?)(?: (ASC|DESC))?$/.exec(text);
  const column = match?.[1] ?? "";
  return parseColumn(column) ? { column, descending: match?.[2] === "DESC" } : null;
}

export const sortText = ({ column, descending }: Sort): string => `${column} ${descending ? "DESC" : "ASC"}`;

/** The columns with the metric first that is looked at: the one of the order, else the first. */
export function metricFirst(columns: readonly string[], sort: Sort | null): readonly string[] {
  const first = columns.find((one) => one === sort?.column) ?? columns.find((one) => /^metrics\W/.test(one));
  return first === undefined ? columns : [first, ...columns.filter((one) => one !== first)];
}

interface Names {
  attributes: Record<string, string>;
  aggregates: Record<Aggregate, string>;
  kindOf: (key: string, kind: Kind) => string;
}

/** A column as people see it; with its kind where its key is among `doubled`. */
export function columnName(text: string, names: Names, doubled?: ReadonlySet<string>): string {
  const column = parseColumn(text);
  if (!column) return text;
  if (column.kind === "attributes") return names.attributes[column.key] ?? column.key;
  const key = doubled?.has(column.key) ? names.kindOf(column.key, column.kind) : column.key;
  return column.aggregate === "last" ? key : `${key} (${names.aggregates[column.aggregate]})`;
}

/** Keys that columns of several kinds have, such as a param and a tag of one name. */
export function doubledKeys(columns: readonly string[]): ReadonlySet<string> {
  const kinds = new Map<string, Kind>();
  const doubled = new Set<string>();
  for (const column of columns.map(parseColumn)) {
    if (!column || column.kind === "attributes") continue;
    const before = kinds.get(column.key);
    if (before && before !== column.kind) doubled.add(column.key);
    kinds.set(column.key, column.kind);
  }
  return doubled;
}
