import { expect, test } from "vitest";
import type { ModelVersion, RunDetails } from "../../api/types";
import type { ModelFile } from "../models/mlmodel";
import { type ComparedVersion, versionRows } from "./comparison";
import { packagesOf } from "./packages";

const version = (given: Partial<ModelVersion>) =>
  ({
    current_stage: "None",
    aliases: [],
    description: "",
    source: "",
    run_id: "",
    model_id: "",
    user_id: "",
    tags: [],
    ...given,
  }) as unknown as ModelVersion;

const compared = (given: Partial<ComparedVersion>): ComparedVersion => ({
  version: version({}),
  run: null,
  file: null,
  requirements: null,
  files: null,
  ...given,
});

const rowsOf = (...versions: Partial<ComparedVersion>[]) =>
  Object.fromEntries(versionRows(versions.map(compared)).map((row) => [row.id, row]));

test("versions themselves", () => {
  const rows = rowsOf(
    { version: version({ aliases: ["b", "a"], tags: [{ key: "team", value: "crm" }] }) },
    { version: version({ current_stage: "Production" }) },
  );
  expect(rows["about:stage"]).toMatchObject({ values: ["None", "Production"], differs: true });
  expect(rows["about:aliases"]?.values).toEqual(["a, b", null]);
  expect(rows["about:tags.team"]?.values).toEqual(["crm", null]);
  expect(rows["about:user"]).toBeUndefined();
});

test("metrics are numbers, and those of the machine are left out", () => {
  const run = (...metrics: [string, number | string][]) =>
    ({
      metrics: metrics.map(([key, last]) => ({ key, last })),
      params: [{ key: "depth", value: "3" }],
    }) as unknown as RunDetails;
  const rows = rowsOf(
    { run: run(["accuracy", 0.5], ["system/cpu", 1]) },
    { run: run(["accuracy", 0.25], ["loss", "NaN"]) },
    {},
  );
  expect(rows["metrics:accuracy"]).toMatchObject({
    numbers: [0.5, 0.25, null],
    values: ["0.50", "0.25", null],
    differs: true,
  });
  expect(rows["metrics:loss"]?.values).toEqual([null, "NaN", null]);
  expect(rows["metrics:system/cpu"]).toBeUndefined();
  expect(rows["params:depth"]?.values).toEqual(["3", "3", null]);
});

test("signatures, environments and files", () => {
  const file = (type: string) =>
    ({
      pythonVersion: "3.12.1",
      signature: {
        inputs: [{ name: "x", type, required: false }],
        params: [{ name: "t", type: "long", required: true, fallback: "1" }],
      },
    }) as unknown as ModelFile;
  const digest = "a".repeat(64);
  const rows = rowsOf(
    { file: file("double"), requirements: "numpy==2.1", files: [{ path: "MLmodel", size: 5, sha256: digest }] },
    { file: file("float"), requirements: "numpy==2.1", files: [{ path: "MLmodel", size: 5 }] },
  );
  expect(rows["signature:inputs.x"]?.values).toEqual(["double?", "float?"]);
  expect(rows["signature:params.t"]).toMatchObject({ values: ["long = 1", "long = 1"], differs: false });
  expect(rows["environment:python"]?.differs).toBe(false);
  expect(rows["environment:numpy"]?.values).toEqual(["==2.1", "==2.1"]);
  expect(rows["files:MLmodel"]).toMatchObject({ values: [digest, "5 B"], differs: true });
});

test("packages by the names that pip compares", () => {
  const text =
    "# made\nScikit_Learn==1.5  # pinned\r\npandas[performance]>=2; python_version > '3.9'\n-r other.txt\nnumpy\n\n";
  expect([...packagesOf(text)]).toEqual([
    ["scikit-learn", "==1.5"],
    ["pandas", "[performance]>=2; python_version > '3.9'"],
    ["numpy", "*"],
  ]);
});
