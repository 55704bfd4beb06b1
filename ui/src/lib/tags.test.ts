import { expect, test } from "vitest";
import { firstLine, systemTags, tagValue, userTags } from "./tags";

const TAGS = [
  { key: "team", value: "vision" },
  { key: "mlflow.user", value: "ada" },
  { key: "kiseki.x", value: "1" },
  { key: "mlflow.note.content", value: "# Note" },
  { key: "a", value: "" },
  { key: "mlflowish", value: "mine" },
];

test("people's tags and programs' tags", () => {
  expect(userTags(TAGS).map((tag) => tag.key)).toEqual(["a", "mlflowish", "team"]);
  expect(systemTags(TAGS).map((tag) => tag.key)).toEqual(["kiseki.x", "mlflow.user"]);
  expect(tagValue(TAGS, "mlflow.note.content")).toBe("# Note");
  expect(tagValue(TAGS, "none")).toBe("");
});

test.each([
  ["", ""],
  ["\n\n  \n# Handwritten *digits*\nmore", "Handwritten *digits*"],
  ["> **Goal**: [beat](https://example.com) the `baseline`", "Goal: beat the baseline"],
  ["- [x] done", "done"],
  ["1. one", "one"],
  ["---\nafter", "after"],
  ["```python\nprint()", "print()"],
  ["![plot](a.png)", "plot"],
  ["手書き数字の**分類**", "手書き数字の分類"],
])("%o begins %o", (note, line) => {
  expect(firstLine(note)).toBe(line);
});
