/** Columns of the table of models: what loaded models have, how it is written in addresses, and their values. */

import { type LoggedModel, type ModelMetric, toNumber } from "../../api/types";
import type { Sort } from "../columns";
import { tagValue } from "../tags";

export type Attribute =
  | "name"
  | "status"
  | "model_type"
  | "creation_timestamp"
  | "source_run_id"
  | "datasets"
  | "user"
  | "model_id"
  | "experiment_id";

export interface Dataset {
  name: string;
  digest: string;
}

export type ModelColumn =
  | { kind: "attributes"; key: Attribute }
  | { kind: "params" | "tags"; key: string }
  /** Without a dataset, what was measured on none. */
  | { kind: "metrics"; key: string; dataset: Dataset | null };

export const ATTRIBUTES: readonly Attribute[] = [
  "status",
  "creation_timestamp",
  "model_type",
  "source_run_id",
  "datasets",
  "user",
  "model_id",
];

/** Attributes that the server can sort by. */
const SORTABLE: readonly Attribute[] = [
  "name",
  "status",
  "model_type",
  "creation_timestamp",
  "source_run_id",
  "model_id",
];
const METRICS = 6;
const PARAMS = 6;

/** A column as text: its parts, each as in an address. */
export function columnId(column: ModelColumn): string {
  const dataset = column.kind === "metrics" && column.dataset ? [column.dataset.name, column.dataset.digest] : [];
  return [column.kind, column.key, ...dataset].map(encodeURIComponent).join("/");
}

/** The column of a text, null when it is none. */
export function parseColumn(id: string): ModelColumn | null {
  let parts: string[];
  try {
    parts = id.split("/").map(decodeURIComponent);
  } catch {
    return null;
  }
  const [kind, key = "", name, digest] = parts;
  if (kind === "metrics" && key && (parts.length === 2 || parts.length === 4))
    return { kind, key, dataset: name === undefined ? null : { name, digest: digest ?? "" } };
  if (parts.length !== 2) return null;
  if ((kind === "params" || kind === "tags") && key) return { kind, key };
  const attribute = [...ATTRIBUTES, "name" as const, "experiment_id" as const].find((one) => one === key);
  return kind === "attributes" && attribute ? { kind, key: attribute } : null;
}

export const isSortable = (column: ModelColumn): boolean =>
  column.kind === "metrics" || (column.kind === "attributes" && SORTABLE.includes(column.key));

/** The sort of a text such as `metrics/acc DESC`, null when it is none. */
export function parseSort(text: string | undefined): Sort | null {
  const match = /^(\S+) (ASC|DESC)$/.exec(text ?? "");
  const column = match?.[1] ? parseColumn(match[1]) : null;
  return match && column && isSortable(column) ? { column: columnId(column), descending: match[2] === "DESC" } : null;
}

/** A sort as the server takes it. */
export function orderBy(sort: Sort | null) {
  const column = sort && parseColumn(sort.column);
  if (!column) return [];
  const dataset = column.kind === "metrics" ? column.dataset : null;
  return [
    {
      field_name: column.kind === "metrics" ? `metrics.${column.key}` : column.key,
      ascending: !sort.descending,
      dataset_name: dataset?.name ?? "",
      dataset_digest: dataset?.digest ?? "",
    },
  ];
}

const datasetOf = (metric: ModelMetric): Dataset | null =>
  metric.dataset_name ? { name: metric.dataset_name, digest: metric.dataset_digest ?? "" } : null;

const metricColumn = (metric: ModelMetric): string =>
  columnId({ kind: "metrics", key: metric.key, dataset: datasetOf(metric) });

/** The datasets on which a model was measured. */
export function datasetsOf(model: LoggedModel): Dataset[] {
  const found = new Map<string, Dataset>();
  for (const metric of model.data.metrics) {
    const dataset = datasetOf(metric);
    if (dataset) found.set(`${dataset.name}\n${dataset.digest}`, dataset);
  }
  return [...found.values()];
}

export type Value = string | number | null;

const values = new WeakMap<LoggedModel, Map<string, Value>>();

/** A model's value of a column; of a metric the latest. */
export function cellOf(model: LoggedModel, column: string): Value {
  let known = values.get(model);
  if (!known) {
    known = readValues(model);
    values.set(model, known);
  }
  return known.get(column) ?? null;
}

function readValues({ info, data }: LoggedModel): Map<string, Value> {
  const tags = info.tags ?? [];
  const found = new Map<string, Value>([
    ["attributes/name", info.name],
    ["attributes/status", info.status],
    ["attributes/model_type", info.model_type || null],
    ["attributes/creation_timestamp", info.creation_timestamp_ms],
    ["attributes/source_run_id", info.source_run_id || null],
    ["attributes/model_id", info.model_id],
    ["attributes/experiment_id", info.experiment_id],
    ["attributes/user", tagValue(tags, "mlflow.user") || null],
  ]);
  for (const { key, value } of data.params) found.set(columnId({ kind: "params", key }), value);
  for (const { key, value } of tags) found.set(columnId({ kind: "tags", key }), value ?? "");
  for (const metric of latestMetrics(data.metrics)) found.set(metricColumn(metric), toNumber(metric.value));
  return found;
}

/** The latest point of each metric on each dataset, as the server sorts by it. */
export function latestMetrics(metrics: readonly ModelMetric[]): ModelMetric[] {
  const latest = new Map<string, ModelMetric>();
  for (const metric of metrics) {
    const column = metricColumn(metric);
    const before = latest.get(column);
    const later = before && (metric.timestamp - before.timestamp || metric.step - before.step);
    if (!later || later > 0) latest.set(column, metric);
  }
  return [...latest.values()];
}

export interface Inventory {
  metrics: string[];
  params: string[];
  tags: string[];
  /** Params that are not the same in all models. */
  varying: ReadonlySet<string>;
}

/** The columns that models have, those that most have first. */
export function inventoryOf(models: readonly LoggedModel[]): Inventory {
  const kinds = { metrics: new Counts(), params: new Counts(), tags: new Counts() };
  const first = new Map<string, string>();
  const varying = new Set<string>();
  for (const { info, data } of models) {
    for (const column of new Set(data.metrics.map(metricColumn))) kinds.metrics.add(column);
    for (const { key, value } of data.params) {
      const column = columnId({ kind: "params", key });
      kinds.params.add(column);
      if (first.has(column) && first.get(column) !== value) varying.add(column);
      first.set(column, value);
    }
    for (const { key } of info.tags ?? []) kinds.tags.add(columnId({ kind: "tags", key }));
  }
  return { metrics: kinds.metrics.sorted(), params: kinds.params.sorted(), tags: kinds.tags.sorted(), varying };
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(column: string): void {
    this.#counts.set(column, (this.#counts.get(column) ?? 0) + 1);
  }

  sorted(): string[] {
    return [...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([column]) => column);
  }
}

/** The columns of a table that nobody chose: what a model is and where it is from, how good it is, what it was made with. */
export function usualColumns(models: readonly LoggedModel[], inventory: Inventory, experiments: number): string[] {
  const has = (column: string) => models.some((model) => cellOf(model, column) !== null);
  const params = [...inventory.params].sort(
    (a, b) => Number(inventory.varying.has(b)) - Number(inventory.varying.has(a)),
  );
  return [
    ...(experiments > 1 ? ["attributes/experiment_id"] : []),
    "attributes/status",
    "attributes/creation_timestamp",
    ...["attributes/model_type", "attributes/source_run_id"].filter(has),
    ...inventory.metrics.slice(0, METRICS),
    ...params.slice(0, PARAMS),
  ];
}
