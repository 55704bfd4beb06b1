import { expect, test } from "vitest";
import { readModels } from "./history";

const entry = (path: string, more: object = {}) => ({
  run_id: "r",
  artifact_path: path,
  utc_time_created: "2026-01-02 03:04:05.678901",
  flavors: { python_function: {}, sklearn: {} },
  model_uuid: "m1",
  ...more,
});

test("the latest of each path", () => {
  const history = JSON.stringify([
    entry("model", { model_uuid: "old" }),
    entry("other", {
      model_size_bytes: 1234,
      signature: {
        inputs:
          '[{"type": "double", "name": "x"}, {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 64]}}]',
        outputs: '[{"type": "long"}]',
        params: null,
      },
    }),
    entry("model"),
  ]);
  expect(readModels(history)).toEqual([
    {
      path: "model",
      flavors: ["sklearn", "python_function"],
      created: "2026-01-02 03:04:05",
      id: "m1",
      bytes: null,
      signature: {},
    },
    {
      path: "other",
      flavors: ["sklearn", "python_function"],
      created: "2026-01-02 03:04:05",
      id: "m1",
      bytes: 1234,
      signature: {
        inputs: [
          { name: "x", type: "double", required: true },
          { name: "", type: "float64 (?, 64)", required: true },
        ],
        outputs: [{ name: "", type: "long", required: true }],
      },
    },
  ]);
});

test.each(["", "nonsense", "{}", "[1, null, {}]"])("%o tells of none", (history) => {
  expect(readModels(history)).toEqual([]);
});
