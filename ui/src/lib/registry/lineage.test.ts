import { expect, test } from "vitest";
import type { Lineage } from "../../api/types";
import { quoted } from "../filter";
import { datasetFilter, layout, sourcesOf } from "./lineage";

const node = (kind: string, ...key: string[]) => ({ kind, key, label: key.join(" "), details: {} });
const edge = (source: number, target: number) => ({ source, target });

const whole: Lineage = {
  nodes: [
    node("model_version", "churn", "2"),
    node("logged_model", "m-1"),
    node("run", "r-1"),
    node("dataset", "1", "train", "d1"),
    node("dataset", "1", "test", "d2"),
    node("alias", "churn", "champion"),
  ],
  edges: [edge(1, 0), edge(2, 1), edge(3, 2), edge(4, 2), edge(0, 5)],
  complete: true,
};

const places = (lineage: Lineage) =>
  Object.fromEntries(layout(lineage).placed.map(({ node, column, row }) => [node.label, [column, row]]));

test("what was made of something is to the right of it", () => {
  expect(places(whole)).toEqual({
    "1 train d1": [0, 0],
    "1 test d2": [0, 1],
    "r-1": [1, 0],
    "m-1": [2, 0],
    "churn 2": [3, 0],
    "churn champion": [4, 0],
  });
  expect(layout(whole)).toMatchObject({ columns: 5, rows: 2 });
});

test("the longest way counts", () => {
  const nodes = ["a", "b", "c"].map((key) => node("run", key));
  expect(places({ nodes, edges: [edge(0, 1), edge(1, 2), edge(0, 2)], complete: true })).toEqual({
    a: [0, 0],
    b: [1, 0],
    c: [2, 0],
  });
});

test("things stand near what they come from", () => {
  const nodes = ["a", "b", "of b", "of a"].map((key) => node("run", key));
  expect(places({ nodes, edges: [edge(1, 2), edge(0, 3)], complete: true })).toMatchObject({
    "of a": [1, 0],
    "of b": [1, 1],
  });
});

test("a circle, and edges that lead nowhere, have a picture too", () => {
  const nodes = ["a", "b"].map((key) => node("run", key));
  const circle = { nodes, edges: [edge(0, 1), edge(1, 0), edge(0, 0), edge(0, 7)], complete: true };
  expect(layout(circle).placed).toHaveLength(2);
  expect(layout({ nodes: [], edges: [], complete: true })).toEqual({ placed: [], columns: 0, rows: 0 });
});

test("what a version comes from, the nearest first", () => {
  expect(sourcesOf(whole, 0).map((one) => one.label)).toEqual(["m-1", "r-1", "1 train d1", "1 test d2"]);
  expect(sourcesOf(whole, 3)).toEqual([]);
});

test("runs that used a data set are found by its name and digest", () => {
  expect(datasetFilter(["1", "it's", "d1"], quoted)).toBe("dataset.name = 'it''s' AND dataset.digest = 'd1'");
});
