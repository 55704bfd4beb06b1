import { expect, test } from "vitest";
import { fromMlflow } from "./mlflow-links";

test.each([
  ["", null],
  ["#section", null],
  ["#/experiments", "experiments"],
  ["#/experiments/3", "experiments/3"],
  ["#/experiments/3?searchFilter=x", "experiments/3"],
  ["#/experiments/3/runs/ab12/artifacts/model", "runs/ab12"],
  ["#/runs/ab12", "runs/ab12"],
  ["#/experiments/3/models", "experiments/3/models"],
  ["#/experiments/3/models?orderByKey=x", "experiments/3/models"],
  ["#/experiments/3/models/m-1/artifacts", "experiments/3/models/m-1"],
  ["#/models", "models"],
  ["#/models?searchInput=churn", "models"],
  ["#/models/churn%20live", "models/churn%20live"],
  ["#/models/churn/versions/3", "models/churn/versions/3"],
  ['#/compare-runs?runs=["a","b"]&experiments=["1"]', "compare?runs=%5B%22a%22%2C%22b%22%5D"],
  ["#/compare-runs?runs=nonsense", "experiments"],
])("%s", (hash, page) => {
  expect(fromMlflow(hash)).toBe(page);
});
