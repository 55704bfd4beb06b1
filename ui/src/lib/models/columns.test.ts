import { describe, expect, test } from "vitest";
import type { LoggedModel, ModelMetric } from "../../api/types";
import {
  cellOf,
  columnId,
  datasetsOf,
  inventoryOf,
  type ModelColumn,
  orderBy,
  parseColumn,
  parseSort,
  usualColumns,
} from "./columns";

const metric = (key: string, value: number | string, more: Partial<ModelMetric> = {}): ModelMetric => ({
  key,
  value,
  timestamp: 1,
  step: 0,
  ...more,
});

const model = (metrics: ModelMetric[], params: Record<string, string> = {}, type = ""): LoggedModel => ({
  info: {
    model_id: "m-1",
    experiment_id: "1",
    name: "forest",
    creation_timestamp_ms: 5,
    last_updated_timestamp_ms: 5,
    artifact_uri: "",
    status: "LOGGED_MODEL_READY",
    model_type: type,
    source_run_id: "",
    tags: [{ key: "team", value: "x" }],
  },
  data: { metrics, params: Object.entries(params).map(([key, value]) => ({ key, value })) },
});

const IRIS = { dataset_name: "iris / test", dataset_digest: "d%1" };

describe("a column as text", () => {
  test.each<[ModelColumn, string]>([
    [{ kind: "attributes", key: "model_type" }, "attributes/model_type"],
    [{ kind: "params", key: "a/b c" }, "params/a%2Fb%20c"],
    [{ kind: "metrics", key: "acc", dataset: null }, "metrics/acc"],
    [
      { kind: "metrics", key: "acc", dataset: { name: "iris / test", digest: "d%1" } },
      "metrics/acc/iris%20%2F%20test/d%251",
    ],
  ])("%j is %s, and back", (column, text) => {
    expect(columnId(column)).toBe(text);
    expect(parseColumn(text)).toEqual(column);
  });

  test.each([
    "",
    "x",
    "x/y",
    "attributes/nope",
    "params",
    "params/",
    "params/a/b",
    "metrics/a/b",
    "metrics/%",
    "metrics/a/b/c/d",
  ])("%j is none", (text) => {
    expect(parseColumn(text)).toBeNull();
  });
});

test("a sort as the server takes it", () => {
  expect(orderBy(parseSort("metrics/acc/iris%20%2F%20test/d%251 DESC"))).toEqual([
    { field_name: "metrics.acc", ascending: false, dataset_name: "iris / test", dataset_digest: "d%1" },
  ]);
  expect(orderBy(parseSort("attributes/name ASC"))).toEqual([
    { field_name: "name", ascending: true, dataset_name: "", dataset_digest: "" },
  ]);
  expect(orderBy(null)).toEqual([]);
});

test.each([
  undefined,
  "",
  "attributes/name",
  "params/a DESC",
  "attributes/datasets ASC",
  "x DESC",
  "attributes/name down",
])("%j is no sort", (text) => {
  expect(parseSort(text)).toBeNull();
});

describe("values", () => {
  const one = model(
    [
      metric("acc", 0.5, { step: 2, timestamp: 9 }),
      metric("acc", 0.4, { step: 3 }),
      metric("acc", 0.3, { step: 1, timestamp: 9 }),
      metric("acc", "NaN", IRIS),
      metric("acc", 0.9, { ...IRIS, timestamp: 2 }),
      metric("loss", "Infinity"),
    ],
    { depth: "3" },
  );

  test("of metrics are the latest of each dataset", () => {
    expect(cellOf(one, "metrics/acc")).toBe(0.5);
    expect(
      cellOf(one, columnId({ kind: "metrics", key: "acc", dataset: { name: "iris / test", digest: "d%1" } })),
    ).toBe(0.9);
    expect(cellOf(one, "metrics/loss")).toBe(Number.POSITIVE_INFINITY);
    expect(cellOf(one, "metrics/none")).toBeNull();
  });

  test("of the rest", () => {
    expect(cellOf(one, "params/depth")).toBe("3");
    expect(cellOf(one, "tags/team")).toBe("x");
    expect(cellOf(one, "attributes/creation_timestamp")).toBe(5);
    expect(cellOf(one, "attributes/model_type")).toBeNull();
    expect(datasetsOf(one)).toEqual([{ name: "iris / test", digest: "d%1" }]);
  });
});

test("columns that nobody chose: what most have, params that differ first", () => {
  const models = [
    model([metric("acc", 1), metric("f1", 1)], { seed: "7", depth: "1" }, "classifier"),
    model([metric("f1", 2)], { seed: "7", depth: "2" }),
    model([metric("f1", 3)], { seed: "7" }),
  ];
  const inventory = inventoryOf(models);
  expect(inventory).toEqual({
    metrics: ["metrics/f1", "metrics/acc"],
    params: ["params/seed", "params/depth"],
    tags: ["tags/team"],
    varying: new Set(["params/depth"]),
  });
  expect(usualColumns(models, inventory, 1)).toEqual([
    "attributes/status",
    "attributes/creation_timestamp",
    "attributes/model_type",
    "metrics/f1",
    "metrics/acc",
    "params/depth",
    "params/seed",
  ]);
  expect(usualColumns([], inventoryOf([]), 2)).toEqual([
    "attributes/experiment_id",
    "attributes/status",
    "attributes/creation_timestamp",
  ]);
});
