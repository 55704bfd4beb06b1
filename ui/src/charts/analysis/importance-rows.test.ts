import { expect, test } from "vitest";
import type { ParamImportance } from "../../lib/analysis/importance";
import { sortedParams } from "./importance-rows";

const param = (id: string, rho: number | null, growth: number | null = null): ParamImportance => ({
  id,
  share: growth,
  growth,
  correlation: rho === null ? null : { rho, low: -1, high: 1, p: 0.5, n: 9 },
  kind: "number",
});

test("params without a number come behind those with the weakest", () => {
  const all = [param("a", null), param("b", -0.1), param("c", 0.9), param("d", null), param("e", 0)];
  const sorted = (sort: "share" | "rho" | "name") => sortedParams(all, sort, (id) => id).map((one) => one.id);
  expect(sorted("rho")).toEqual(["c", "b", "e", "a", "d"]);
  expect(sorted("share")).toEqual(["c", "b", "e", "a", "d"]);
  expect(sorted("name")).toEqual(["a", "b", "c", "d", "e"]);
});
