import { describe, expect, test } from "vitest";
import { readModelFile } from "./mlmodel";

const MODEL = `artifact_path: mlflow-artifacts:/1/models/m-1/artifacts
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    python_version: 3.11.4
  sklearn:
    code: null
    sklearn_version: 1.10
is_signature_from_type_hint: false
kiseki_version: 0.1.0
metadata:
  owner: 分析チーム
  stages: [a, b]
mlflow_version: 3.17.2
model_id: m-1
model_size_bytes: 2048
prompts: null
run_id: r1
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "double", "name": "it''s x"}, {"type": "array", "items": {"type":
    "string"}, "name": "words", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 3]}}]'
  params: '[{"name": "t", "type": "float", "default": 0.5, "shape": null}]'
utc_time_created: '2026-01-02 03:04:05.678901'
`;

test("a model", () => {
  expect(readModelFile(MODEL)).toEqual({
    flavors: [
      { name: "sklearn", details: [["sklearn_version", "1.10"]] },
      {
        name: "python_function",
        details: [
          ["env.conda", "conda.yaml"],
          ["env.virtualenv", "python_env.yaml"],
          ["loader_module", "mlflow.sklearn"],
          ["python_version", "3.11.4"],
        ],
      },
    ],
    signature: {
      inputs: [
        { name: "it's x", type: "double", required: true },
        { name: "words", type: "array<string>", required: false },
      ],
      outputs: [{ name: "", type: "int64 (?, 3)", required: true }],
      params: [{ name: "t", type: "float", required: true, fallback: "0.5" }],
    },
    size: 2048,
    created: "2026-01-02 03:04:05.678901",
    mlflowVersion: "3.17.2",
    kisekiVersion: "0.1.0",
    pythonVersion: "3.11.4",
    modelId: "m-1",
    runId: "r1",
    example: "input_example.json",
    servingExample: "serving_input_example.json",
    metadata: [
      ["owner", "分析チーム"],
      ["stages", "a, b"],
    ],
  });
});

test.each(["", "not: a model", "flavors: 3", "a: [", "- flavors", "flavors: {a: 1}\n---\nflavors: {b: 1}"])(
  "%j is none",
  (content) => {
    expect(readModelFile(content)).toBeNull();
  },
);

test("a signature that is not JSON is left out", () => {
  const model = readModelFile("flavors:\n  x:\n    a: 1\nsignature:\n  inputs: '<img onerror=1>'");
  expect(model?.signature).toEqual({});
});

describe("what attacks who reads it", () => {
  const flavors = "flavors:\n  x:\n    a: 1\n";
  const letters = [..."abcdefghijkl"];
  const bomb = letters.map((one, i) => `    ${one}: &${one} [${Array(9).fill(i ? `*${letters[i - 1]}` : "lol")}]`);

  test.each([
    ["a tag of a language", `${flavors}b: !!js/function 'function () {}'`],
    ["a tag of Python", `${flavors}b: !!python/object/apply:os.system [x]`],
    ["a tag of one's own", `${flavors}b: !own x`],
    ["nested lists", `${flavors}b: ${"[".repeat(500_000)}`],
    ["nested blocks", `${flavors}b:\n${Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i + 1)}a:`).join("\n")}`],
    ["many aliases", `${flavors}b: &b 1\nc: [${"*b, ".repeat(101)}]`],
    ["a large file", `${flavors}b: ${"x".repeat(10_000_000)}`],
    ["a merge", `${flavors}b: &b {c: 1}\nd:\n  <<: [${"*b, ".repeat(90)}]\n  <<: 1`],
  ])("%s is refused", (_, content) => {
    expect(readModelFile(content)).toBeNull();
  });

  test("an alias bomb is read as far as it is shown", () => {
    const model = readModelFile(`flavors:\n  x:\n${bomb.join("\n")}\n`);
    expect(model?.flavors[0]?.details).toHaveLength(100);
  });

  test("what contains itself ends", () => {
    const model = readModelFile("flavors:\n  x:\n    a: &a [*a, *a]\nmetadata: &m {m: *m, n: [1, *m]}");
    expect(model?.flavors[0]?.details[0]?.[1]).toBe("…");
    expect(model?.metadata[0]?.[1]).toBe("…");
  });

  test("a key called __proto__ changes nothing else", () => {
    const model = readModelFile("flavors:\n  x:\n    __proto__:\n      polluted: 1\n__proto__: {flavors: {y: {}}}");
    expect(model?.flavors).toEqual([{ name: "x", details: [["__proto__.polluted", "1"]] }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each(["1,\n  ", "'x\n  ", "x\n  "])("a megabyte of %j is read once, not once for each line", (line) => {
    expect(readModelFile(`${flavors}b: [${line.repeat(990_000 / line.length)}`)).toBeNull();
  });
});
