import { describe, expect, test } from "vitest";
import type { ColumnsAnswer } from "../api/types";
import { complete, MODEL_FIELDS, RUN_FIELDS, toFilter } from "./filter";

const COLUMNS: ColumnsAnswer = {
  metrics: [
    { key: "acc", runs: 9, kind: "number", examples: [] },
    { key: "val acc", runs: 8, kind: "number", examples: [] },
  ],
  params: [{ key: "optimizer", runs: 9, kind: "text", examples: ["adam", "sgd", "it's"] }],
  tags: [{ key: "team", runs: 2, kind: "text", examples: ["vision"] }],
};

describe("what was typed as a filter", () => {
  test.each([
    ["", ""],
    ["  ", ""],
    ["brave fox-12", "attributes.run_name ILIKE '%brave fox-12%'"],
    ["metrics.acc > 0.9", "metrics.acc > 0.9"],
    ["acc > 0.9", "acc > 0.9"],
    ["metrics.", "metrics."],
    ["not params.a = '1'", "not params.a = '1'"],
    ["it's", "it's"],
    ["ランの名前", "attributes.run_name ILIKE '%ランの名前%'"],
  ])("%o is %o", (text, filter) => {
    expect(toFilter(text, RUN_FIELDS)).toBe(filter);
  });

  test("of models", () => {
    expect(toFilter("forest", MODEL_FIELDS)).toBe("attributes.name ILIKE '%forest%'");
  });
});

const offered = (text: string, fields = RUN_FIELDS) =>
  complete(text, text.length, COLUMNS, fields).options.map((one) => one.text.trim());

describe("completion", () => {
  test("of fields", () => {
    expect(offered("")).toEqual([
      "metrics.acc",
      "metrics.`val acc`",
      "params.optimizer",
      "attributes.run_name",
      "attributes.status",
      "attributes.start_time",
      "attributes.end_time",
      "attributes.user_id",
      "attributes.run_id",
      "tags.team",
    ]);
    expect(offered("opt")).toEqual(["params.optimizer"]);
    expect(offered("metrics.")).toEqual(["metrics.acc", "metrics.`val acc`"]);
    expect(offered("metrics.`va")).toEqual(["metrics.`val acc`"]);
    expect(offered("metrics.acc > 1 AND tea")).toEqual(["tags.team"]);
    expect(offered("(par")).toEqual(["params.optimizer"]);
    expect(offered("(params.o")).toEqual(["params.optimizer"]);
  });

  test("of operators", () => {
    expect(offered("metrics.acc ")).toEqual(["<", "<=", ">", ">=", "=", "!="]);
    expect(offered("params.optimizer ")).toContain("ILIKE");
    expect(offered("params.optimizer is")).toEqual(["IS NULL", "IS NOT NULL"]);
    expect(offered("metrics.`val acc`.max ")).toContain(">");
  });

  test("of values", () => {
    expect(offered("params.optimizer = ")).toEqual(["'adam'", "'sgd'"]);
    expect(offered("params.optimizer = 'a")).toEqual(["'adam'"]);
    expect(offered("attributes.status = 'F")).toEqual(["'FINISHED'", "'FAILED'"]);
    expect(offered("metrics.acc > 0.")).toEqual([]);
    expect(offered("attributes.status = 'P", MODEL_FIELDS)).toEqual(["'PENDING'"]);
    expect(offered("attributes.creation_timestamp ", MODEL_FIELDS)).toContain("<=");
    expect(offered("attributes.user_id = '")).toEqual([]);
  });

  test("of what follows a comparison", () => {
    expect(offered("metrics.acc > 0.9 ")).toEqual(["AND", "OR"]);
    expect(offered("params.optimizer = 'adam' o")).toEqual(["OR"]);
    expect(offered("params.optimizer IS NULL ")).toEqual(["AND", "OR"]);
    expect(offered("params.optimizer IN ('adam') a")).toEqual(["AND"]);
  });

  test("says what an option takes the place of", () => {
    const text = "metrics.acc > 1 AND par = 2";
    const { from, to } = complete(text, 23, COLUMNS, RUN_FIELDS);
    expect(text.slice(from, to)).toBe("par");
  });
});
