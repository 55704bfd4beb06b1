import { expect, test } from "vitest";
import { isPage, readDataset } from "./dataset";

const dataset = (given: Partial<{ source: string; schema: string; profile: string }>) => ({
  dataset: { name: "digits", digest: "0a1b", source_type: "http", source: "", ...given },
  tags: [{ key: "mlflow.data.context", value: "training" }],
});

test("a table", () => {
  const read = readDataset(
    dataset({
      source: '{"url": "https://example.com/digits.csv"}',
      schema:
        '{"mlflow_colspec": [{"type": "double", "name": "x", "required": true}, {"type": "array", "items": {"type": "long"}, "required": false}]}',
      profile: '{"num_rows": 1797, "num_elements": 115008}',
    }),
  );
  expect(read).toEqual({
    name: "digits",
    digest: "0a1b",
    context: "training",
    sourceType: "http",
    source: [["url", "https://example.com/digits.csv"]],
    url: "https://example.com/digits.csv",
    profile: [
      ["num_rows", "1797"],
      ["num_elements", "115008"],
    ],
    fields: [
      { name: "x", type: "double", part: "", optional: false },
      { name: "1", type: "array<long>", part: "", optional: true },
    ],
    otherSchema: "",
  });
});

test("data that code made", () => {
  const source = '{"tags": {"mlflow.user": "ada", "mlflow.source.name": "train.py", "team": "x"}}';
  expect(readDataset(dataset({ source })).source).toEqual([
    ["user", "ada"],
    ["source.name", "train.py"],
    ["team", "x"],
  ]);
});

test("arrays, JSON in JSON", () => {
  const features = JSON.stringify([{ type: "tensor", "tensor-spec": { dtype: "float64", shape: [-1, 64] } }]);
  const targets = JSON.stringify([{ name: "y", type: "tensor", "tensor-spec": { dtype: "int64", shape: [-1] } }]);
  expect(readDataset(dataset({ schema: JSON.stringify({ mlflow_tensorspec: { features, targets } }) })).fields).toEqual(
    [
      { name: "0", type: "float64 (?, 64)", part: "feature", optional: false },
      { name: "y", type: "int64 (?)", part: "target", optional: false },
    ],
  );
});

test.each([["nonsense"], ["[[1]]"], ["{}"], ["3"], ['{"mlflow_tensorspec": {"features": "["}}']])(
  "a schema of another kind, %o, is kept as it is",
  (schema) => {
    const read = readDataset(dataset({ schema, source: "s3://bucket/x", profile: "wide" }));
    expect(read.fields).toEqual([]);
    expect(read.otherSchema).toBe(schema);
    expect(read.source).toEqual([["", "s3://bucket/x"]]);
    expect(read.url).toBeNull();
    expect(read.profile).toEqual([["", "wide"]]);
  },
);

test.each([
  ["https://example.com", true],
  ["javascript:alert(1)", false],
  ["https://[", false],
  ["data:text/html,x", false],
  ["s3://b/x", false],
])("%o is a page: %o", (text, page) => {
  expect(isPage(text)).toBe(page);
});
