import { describe, expect, test } from "vitest";
import { readYaml } from "./read-yaml";

const MODEL = `artifact_path: model
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
model_size_bytes: 1234
signature:
  inputs: '[{"type": "double", "name": "sepal length (cm)", "required": true}, {"type":
    "double", "name": "it''s", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
tags: {}
prompts: []
utc_time_created: '2026-01-02 03:04:05.678901'
`;

test("an MLmodel file", () => {
  expect(readYaml(MODEL)).toEqual({
    artifact_path: "model",
    flavors: {
      python_function: {
        env: { conda: "conda.yaml", virtualenv: "python_env.yaml" },
        loader_module: "mlflow.sklearn",
        python_version: "3.11.4",
      },
      sklearn: { code: null, sklearn_version: "1.10" },
    },
    is_signature_from_type_hint: false,
    model_size_bytes: 1234,
    signature: {
      inputs:
        '[{"type": "double", "name": "sepal length (cm)", "required": true}, {"type": "double", "name": "it\'s", "required": true}]',
      outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]',
      params: null,
    },
    tags: {},
    prompts: [],
    utc_time_created: "2026-01-02 03:04:05.678901",
  });
});

describe("pieces", () => {
  test.each<[string, unknown]>([
    ["a:\n- 1\n- b: 2\n  c: 3\n- - x\n  - y\n", { a: [1, { b: 2, c: 3 }, ["x", "y"]] }],
    ["a: |\n  one\n    two\n\n  three\nb: 1", { a: "one\n  two\n\nthree\n", b: 1 }],
    ["a: >-\n  one\n  two\n", { a: "one two" }],
    ['a: "x\\n\\u3042 \\"q\\""', { a: 'x\nあ "q"' }],
    ["a: [1, 'x, y', {b: c}]  # note\nd: {e: [f], g: 'h'}", { a: [1, "x, y", { b: "c" }], d: { e: ["f"], g: "h" } }],
    ["# only\n---\na: b # c\n", { a: "b" }],
    ["a: http://x.y/z#f", { a: "http://x.y/z#f" }],
    ["f: !!js/function 'function () { alert(1) }'", { f: "!!js/function 'function () { alert(1) }'" }],
    ["plain\ntext", "plain text"],
    ["", null],
    ["a:\nb:\n  ", { a: null, b: null }],
    ["\"x y\": 1\n'z': 2", { "x y": 1, z: 2 }],
  ])("%j", (text, value) => {
    expect(readYaml(text)).toEqual(value);
  });

  test.each(["a: 'open", "a: [1, 2", "\ta: 1", "a:\n    b: 2\n  c: 3", `a: ${"[".repeat(500)}`])(
    "%j is refused",
    (text) => {
      expect(() => readYaml(text)).toThrow(SyntaxError);
    },
  );

  test("a key called __proto__ changes nothing else", () => {
    const value = readYaml("__proto__:\n  polluted: 1") as Record<string, unknown>;
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });
});
