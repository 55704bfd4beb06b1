import { expect, test } from "vitest";
import { readModelFile } from "./mlmodel";

test("a model", () => {
  const model = readModelFile(`
flavors:
  python_function:
    loader_module: mlflow.sklearn
    python_version: 3.11.4
  sklearn:
    code: null
    sklearn_version: 1.9.1
mlflow_version: 3.17.2
model_size_bytes: 2048
saved_input_example_info:
  artifact_path: input_example.json
signature:
  inputs: '[{"type": "double", "name": "x"}, {"type": "array", "items": {"type": "string"},
    "name": "words", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1, 3]}}]'
  params: '[{"name": "t", "type": "float", "default": 0.5, "shape": null}]'
`);
  expect(model).toMatchObject({
    flavors: [
      {
        name: "python_function",
        details: [
          ["loader_module", "mlflow.sklearn"],
          ["python_version", "3.11.4"],
        ],
      },
      { name: "sklearn", details: [["sklearn_version", "1.9.1"]] },
    ],
    inputs: [
      { name: "x", type: "double", required: true },
      { name: "words", type: "array<string>", required: false },
    ],
    outputs: [{ name: "", type: "int64 (?, 3)", required: true }],
    params: [{ name: "t", type: "float", fallback: "0.5" }],
    size: 2048,
    example: "input_example.json",
  });
});

test.each(["", "not: a model", "flavors: 3", "a: [", "signature:\n  inputs: '{{'"])("%j is none", (content) => {
  expect(readModelFile(content)).toBeNull();
});

test("a signature that is not JSON is left out", () => {
  expect(readModelFile("flavors:\n  x:\n    a: 1\nsignature:\n  inputs: '<img onerror=1>'")?.inputs).toBeNull();
});
