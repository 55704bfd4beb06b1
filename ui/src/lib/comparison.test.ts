import { expect, test } from "vitest";
import type { RunDetails, SeriesInfo } from "../api/types";
import { bestOfRow, compared, comparisonCsv, comparisonRows, shownRows } from "./comparison";

const series = (key: string, last: number | string, min = last, max = last): SeriesInfo => ({
  key,
  count: 1,
  nonfinite: 0,
  first: last,
  first_step: 0,
  last,
  last_step: 0,
  last_time: 0,
  min,
  min_step: 0,
  max,
  max_step: 0,
});

function run(given: {
  params?: Record<string, string>;
  tags?: Record<string, string>;
  metrics?: SeriesInfo[];
  datasets?: [string, string, string][];
}): RunDetails {
  const pairs = (of: Record<string, string> = {}) => Object.entries(of).map(([key, value]) => ({ key, value }));
  return {
    number: 1,
    run: {
      run_id: "r",
      run_uuid: "r",
      run_name: "n",
      experiment_id: "1",
      user_id: "",
      status: "FINISHED",
      start_time: 0,
      artifact_uri: "",
      lifecycle_stage: "active",
    },
    experiment_name: "e",
    experiment_stage: "active",
    params: pairs(given.params),
    tags: pairs(given.tags),
    metrics: given.metrics ?? [],
    inputs: {
      dataset_inputs: (given.datasets ?? []).map(([name, digest, context]) => ({
        dataset: { name, digest, source_type: "", source: "" },
        tags: context ? [{ key: "mlflow.data.context", value: context }] : [],
      })),
      model_inputs: [],
    },
    outputs: { model_outputs: [] },
    children: 0,
    parent_name: null,
  };
}

const RUNS = [
  run({
    params: { lr: "0.1", depth: "3" },
    tags: { team: "a", "mlflow.note.content": "x", "mlflow.source.git.commit": "c1", "mlflow.runName": "n" },
    metrics: [series("loss", 0.5, 0.25, 2), series("system/cpu", 3)],
    datasets: [
      ["digits", "d1", "training"],
      ["digits", "d2", "training"],
    ],
  }),
  run({
    params: { lr: "0.2", depth: "3" },
    tags: { "mlflow.source.git.commit": "c1" },
    metrics: [series("loss", "NaN", 0.125, 2)],
    datasets: [["digits", "d1", "training"]],
  }),
];

const shown = (rows: ReturnType<typeof comparisonRows>) => rows.map((row) => [row.id, ...row.values]);

test("rows", () => {
  const rows = comparisonRows(RUNS, "last");
  expect(shown(rows)).toEqual([
    ["metrics:loss", "0.5", "NaN"],
    ["params:depth", "3", "3"],
    ["params:lr", "0.1", "0.2"],
    ["tags:mlflow.note.content", "x", null],
    ["tags:team", "a", null],
    ["environment:experiment", "e", "e"],
    ["environment:mlflow.source.git.commit", "c1", "c1"],
    ["datasets:digits (training)", "d1, d2", "d1"],
    ["system:system/cpu", "3", null],
  ]);
  expect(shownRows(rows, false, "", (row) => row.key).map((row) => row.key)).toEqual([
    "loss",
    "lr",
    "mlflow.note.content",
    "team",
    "digits (training)",
    "system/cpu",
  ]);
  expect(shownRows(rows, true, "COMM", (row) => row.key)).toHaveLength(1);
  expect(
    shownRows(rows, true, "ノート", (row) => (row.key === "mlflow.note.content" ? "ノート" : row.key)),
  ).toHaveLength(1);
});

test("a run that is not known is no difference", () => {
  const rows = comparisonRows([RUNS[0] ?? null, null], "min");
  expect(rows.find((row) => row.id === "metrics:loss")).toMatchObject({
    values: ["0.25", null],
    numbers: [0.25, null],
    differs: false,
  });
  expect(comparisonRows([null, null], "last")).toEqual([]);
});

test("NaN is the same as NaN", () => {
  const rows = comparisonRows([run({ metrics: [series("a", "NaN")] }), run({ metrics: [series("a", "NaN")] })], "last");
  expect(rows[0]?.differs).toBe(false);
});

test("best and worse", () => {
  const [loss] = comparisonRows(RUNS, "min");
  expect(loss && bestOfRow(loss, "down")).toEqual(new Set([1]));
  expect(compared(1, 2, "down")).toBe("better");
  expect(compared(1, 2, "up")).toBe("worse");
  expect(compared(1, 1, "up")).toBe("");
  expect(compared(1, null, "up")).toBe("");
  expect(compared(Number.NaN, 1, "up")).toBe("");
  expect(compared(1, 2, "none")).toBe("");
});

test("CSV", () => {
  const rows = comparisonRows([run({ params: { "=1+1": '@x,"y"', neg: "-1e-5", plus: "+a" } })], "last");
  const text = comparisonCsv(
    rows.filter((row) => row.section === "params"),
    [{ id: "r1", name: "a\nb" }],
    { section: "Section", key: "Key", run: "Run" },
    (section) => section,
    (row) => row.key,
  );
  expect(text).toBe(
    'Section,Key,"a\nb"\r\n,Run,r1\r\nparams,\'=1+1,"\'@x,""y"""\r\nparams,neg,-1e-5\r\nparams,plus,\'+a\r\n',
  );
});
