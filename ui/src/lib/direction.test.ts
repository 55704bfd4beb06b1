import { expect, test } from "vitest";
import { bestOf, type Direction, guessDirection } from "./direction";

test.each<[string, Direction]>([
  ["val_loss", "down"],
  ["valLoss", "down"],
  ["rmse", "down"],
  ["neg_mean_squared_error", "up"],
  ["neg_log_loss", "up"],
  ["negative_log_likelihood", "down"],
  ["error_rate", "down"],
  ["validation accuracy", "up"],
  ["eval/perplexity", "down"],
  ["train/WER", "down"],
  ["f1", "up"],
  ["BLEU", "up"],
  ["lr", "none"],
  ["learning_rate", "none"],
  ["grad_norm", "none"],
  ["epoch", "none"],
  ["system/cpu_utilization_percentage", "none"],
  ["time_per_step", "none"],
  ["epoch_time", "down"],
  ["fit_seconds", "down"],
  ["samples_per_second", "up"],
  ["glossary_score", "up"],
  ["精度", "up"],
  ["", "up"],
])("%s", (key, direction) => {
  expect(guessDirection(key)).toBe(direction);
});

test("the best", () => {
  expect(bestOf([1, 3, 3, null, Number.NaN], "up")).toEqual(new Set([1, 2]));
  expect(bestOf([1, 3, Number.NEGATIVE_INFINITY], "down")).toEqual(new Set([2]));
  expect(bestOf([2, 2], "up")).toEqual(new Set());
  expect(bestOf([2, null], "up")).toEqual(new Set());
  expect(bestOf([1, 2], "none")).toEqual(new Set());
});
