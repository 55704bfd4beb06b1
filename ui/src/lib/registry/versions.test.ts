import { expect, test } from "vitest";
import type { RegisteredModel } from "../../api/types";
import { metricKeys } from "./metrics";
import { knownTags } from "./tags";
import { byNumber, latestVersion, stagedVersions } from "./versions";

const model = (...versions: [string, string][]) =>
  ({
    latest_versions: versions.map(([version, current_stage]) => ({ version, current_stage })),
  }) as unknown as RegisteredModel;

test("numbers are compared as numbers", () => {
  expect(latestVersion(model(["9", "None"], ["10", "Archived"]))).toBe("10");
  expect(latestVersion(model())).toBe("");
  expect([{ version: "10" }, { version: "9" }].sort(byNumber)[0]?.version).toBe("9");
});

test("the stages in which models are used", () => {
  expect(stagedVersions(model(["3", "None"], ["1", "Staging"], ["2", "Production"], ["4", "Archived"]))).toEqual([
    { stage: "Production", version: "2" },
    { stage: "Staging", version: "1" },
  ]);
});

test("metrics of most runs come first", () => {
  const runs = [
    ["b", "a"],
    ["b", "system/cpu"],
    ["c", "b"],
  ].map((keys) => new Map(keys.map((key) => [key, 1])));
  expect(metricKeys(runs)).toEqual(["b", "a", "c"]);
});

test("tags of loaded models complete a filter", () => {
  const tags = (...pairs: [string, string][]) => ({ tags: pairs.map(([key, value]) => ({ key, value })) });
  expect(knownTags([tags(["team", "crm"], ["x", "1"]), tags(["team", "crm"]), tags(["team", "ads"])]).tags).toEqual([
    { key: "team", kind: "text", runs: 3, examples: ["crm", "ads"] },
    { key: "x", kind: "text", runs: 1, examples: ["1"] },
  ]);
});
