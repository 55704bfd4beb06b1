import { describe, expect, test } from "vitest";
import { type Cell, columnValues } from "./column-values";
import {
  betterOf,
  boxAxes,
  contourAxes,
  lookedAt,
  parallelAxes,
  rankedMetrics,
  rankedParams,
  scatterAxes,
} from "./default-axes";

const columns = (given: Record<string, Cell[]>) => Object.entries(given).map(([id, cells]) => columnValues(id, cells));

const usual = columns({
  "metrics.`system/cpu`": [1, 2, 3, 4],
  "metrics.train_loss": [4, 3, 2, 1],
  "metrics.val_accuracy": [0.1, 0.5, 0.7, 0.9],
  "metrics.epoch": [9, 9, 9, 9],
  "params.seed": ["1", "2", "3", "4"],
  "params.optimizer": ["adam", "sgd", "adam", "sgd"],
  "params.lr": ["0.1", "0.2", "0.3", "0.4"],
  "params.batch": ["32", "32", "32", "32"],
  "params.depth": ["1", "2", "1", "2"],
});

describe("what is shown first", () => {
  test("metrics: held-out quality, then losses, then what the machine did", () => {
    expect(rankedMetrics(usual).map((one) => one.id)).toEqual([
      "metrics.val_accuracy",
      "metrics.train_loss",
      "metrics.`system/cpu`",
    ]);
  });

  test("params that vary, seeds last", () => {
    expect(rankedParams(usual).map((one) => one.id)).toEqual([
      "params.optimizer",
      "params.lr",
      "params.depth",
      "params.seed",
    ]);
  });

  test("params that a metric depends on come first", () => {
    const metric = columnValues("metrics.m", [1, 9, 2, 8, 1, 9]);
    const params = columns({
      "params.a": ["1", "1", "2", "2", "3", "3"],
      "params.b": ["x", "y", "x", "y", "x", "y"],
    });
    expect(rankedParams(params, metric).map((one) => one.id)).toEqual(["params.b", "params.a"]);
  });

  test("a metric that few runs have comes later", () => {
    const ids = rankedMetrics(columns({ "metrics.test_acc": [1, null, null, null], "metrics.m": [1, 2, 3, 4] }));
    expect(ids.map((one) => one.id)).toEqual(["metrics.m"]);
  });

  test("axes of each chart", () => {
    expect(parallelAxes(usual)).toEqual([
      "params.seed",
      "params.optimizer",
      "params.lr",
      "params.depth",
      "metrics.train_loss",
      "metrics.val_accuracy",
    ]);
    expect(scatterAxes(usual)).toEqual(["params.lr", "metrics.val_accuracy", "params.optimizer"]);
    expect(contourAxes(usual)).toEqual(["params.lr", "params.depth", "metrics.val_accuracy"]);
    expect(boxAxes(usual)).toEqual(["params.optimizer", "metrics.val_accuracy"]);
  });

  test("a scatter plot drops no run for a param that only some have, and its colour tells those apart that it shows", () => {
    const some = columns({
      "metrics.val_loss": [4, 3, 2, 1],
      "metrics.val_accuracy": [0.1, 0.5, 0.7, 0.9],
      "params.rate": ["0.1", "0.2", null, null],
      "params.alpha": [null, null, "1", "2"],
      "params.model": ["mlp", "mlp", "sgd", "sgd"],
    });
    expect(scatterAxes(some)).toEqual(["metrics.val_loss", "metrics.val_accuracy", "params.model"]);
  });

  test("as many axes as there is room for", () => {
    expect(parallelAxes(usual, undefined, 4)).toEqual([
      "params.optimizer",
      "params.lr",
      "metrics.train_loss",
      "metrics.val_accuracy",
    ]);
  });

  test("the metric that was looked at in another chart comes first", () => {
    expect(lookedAt(["params.lr", "metrics.train_loss", "params.depth"])).toBe("metrics.train_loss");
    expect(lookedAt(["params.lr"])).toBeUndefined();
    expect(scatterAxes(usual, "metrics.train_loss")[1]).toBe("metrics.train_loss");
    expect(parallelAxes(usual, "metrics.train_loss").at(-1)).toBe("metrics.train_loss");
    expect(boxAxes(usual, "metrics.epoch")[1]).toBe("metrics.val_accuracy");
  });

  test("nothing where nothing varies", () => {
    const same = columns({ "metrics.m": [1, 1], "params.p": ["a", "a"] });
    expect(parallelAxes(same)).toEqual([]);
    expect(scatterAxes(same)).toEqual([]);
    expect(contourAxes([])).toEqual([]);
    expect(boxAxes([])).toEqual([]);
  });
});

test.each([
  ["metrics.loss", "min"],
  ["metrics.`val/rmse`", "min"],
  ["metrics.error_rate", "min"],
  ["metrics.latency_ms", "min"],
  ["metrics.train_time", "min"],
  ["attributes.duration", "min"],
  ["metrics.validationError", "min"],
  ["metrics.accuracy", "max"],
  ["metrics.f1", "max"],
  ["metrics.terror", "max"],
  ["metrics.reward.max", "max"],
])("of %s the better end is %s", (id, expected) => {
  expect(betterOf(id)).toBe(expected);
});
