import { describe, expect, test } from "vitest";
import {
  type Column,
  columnId,
  columnName,
  doubledKeys,
  metricFirst,
  parseColumn,
  parseSort,
  sortText,
} from "./columns";

const COLUMNS: [Column, string][] = [
  [{ kind: "metrics", key: "loss", aggregate: "last" }, "metrics.loss"],
  [{ kind: "metrics", key: "val loss", aggregate: "min" }, "metrics.`val loss`.min"],
  [{ kind: "metrics", key: "a.min", aggregate: "last" }, "metrics.`a.min`"],
  [{ kind: "params", key: "lr", aggregate: "last" }, "params.lr"],
  [{ kind: "tags", key: "mlflow.note.content", aggregate: "last" }, "tags.`mlflow.note.content`"],
  [{ kind: "tags", key: "a`b", aggregate: "last" }, 'tags."a`b"'],
  [{ kind: "attributes", key: "start_time", aggregate: "last" }, "attributes.start_time"],
];

describe("columns", () => {
  test.each(COLUMNS)("%o is %s, both ways", (column, text) => {
    expect(columnId(column)).toBe(text);
    expect(parseColumn(text)).toEqual(column);
  });

  test.each(["", "loss", "metrics", "metrics.", "params.lr.min", "metrics.a b", "x.y", "metrics.`a`b`"])(
    "%o is none",
    (text) => {
      expect(parseColumn(text)).toBeNull();
    },
  );
});

test("orders", () => {
  expect(parseSort("metrics.loss DESC")).toEqual({ column: "metrics.loss", descending: true });
  expect(parseSort("params.`a b`")).toEqual({ column: "params.`a b`", descending: false });
  expect(parseSort("nonsense")).toBeNull();
  expect(parseSort(undefined)).toBeNull();
  expect(sortText({ column: "params.lr", descending: false })).toBe("params.lr ASC");
});

test("names, with the kind where a param and a tag have the same", () => {
  const names = {
    attributes: { status: "Status" },
    aggregates: { last: "last", min: "min", max: "max", first: "first", count: "count" },
    kindOf: (key: string, kind: string) => `${key} (${kind})`,
  };
  const columns = ["attributes.status", "params.model", "tags.model", "metrics.loss", "metrics.loss.min"];
  const doubled = doubledKeys(columns);
  expect(columns.map((one) => columnName(one, names, doubled))).toEqual([
    "Status",
    "model (params)",
    "model (tags)",
    "loss",
    "loss (min)",
  ]);
});

test("the column of the order comes first, else the first metric", () => {
  const columns = ["attributes.start_time", "metrics.a", "metrics.b"];
  expect(metricFirst(columns, null)).toEqual(["metrics.a", "attributes.start_time", "metrics.b"]);
  expect(metricFirst(columns, { column: "metrics.b", descending: true })[0]).toBe("metrics.b");
  expect(metricFirst(["params.p"], null)).toEqual(["params.p"]);
  expect(metricFirst(["attributes/status", "metrics/acc"], null)).toEqual(["metrics/acc", "attributes/status"]);
});
