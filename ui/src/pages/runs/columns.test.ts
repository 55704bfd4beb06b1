import { expect, test } from "vitest";
import { usualColumns } from "./columns";

const key = (name: string, runs: number, examples: string[] = []) => ({ key: name, runs, kind: "text", examples });

test("params that are the same in all runs come after those that differ", () => {
  const inventory = {
    metrics: [key("loss", 3), key("system/cpu", 3)],
    params: [key("epochs", 9, ["30"]), key("alpha", 3, ["1", "2"]), key("rate", 4, ["1", "2"])],
    tags: [],
  };
  expect(usualColumns(inventory, 1)).toEqual([
    "attributes.start_time",
    "attributes.duration",
    "metrics.loss",
    "params.rate",
    "params.alpha",
    "params.epochs",
  ]);
});
