import { expect, test } from "vitest";
import { above, type FamilyNode, familyTrees, type Relative } from "./family";

const run = (id: string, from: Relative["from"] = {}, startTime = 0): Relative => ({
  id,
  name: id,
  status: "FINISHED",
  startTime,
  from,
});

type Shape = [string, string | null, Shape[]];
const shape = ({ run, relation, below }: FamilyNode<Relative>): Shape => [run.id, relation, below.map(shape)];
const shapes = (runs: Relative[]) => familyTrees(runs).map(shape);

test("runs stand below those that they come of, by their start", () => {
  const runs = [
    run("again", { reproduction: "root" }, 5),
    run("root"),
    run("late", { child: "root" }, 3),
    run("early", { child: "root" }, 2),
    run("other", { fork: "again" }, 6),
  ];
  expect(shapes(runs)).toEqual([
    [
      "root",
      null,
      [
        ["early", "child", []],
        ["late", "child", []],
        ["again", "reproduction", [["other", "fork", []]]],
      ],
    ],
  ]);
});

test("a reproduction that has a parent stands below its original", () => {
  const runs = [
    run("parent"),
    run("original", { child: "parent" }),
    run("x", { child: "parent", reproduction: "original" }),
  ];
  expect(shapes(runs)).toEqual([["parent", null, [["original", "child", [["x", "reproduction", []]]]]]]);
  expect(above(run("x", { child: "parent", reproduction: "original" }))).toEqual({
    relation: "reproduction",
    id: "original",
  });
});

test("what is above may not be there", () => {
  expect(shapes([run("a", { child: "gone" })])).toEqual([["a", null, []]]);
});

test("tags that lead in a circle, or to the run itself, end", () => {
  expect(shapes([run("self", { child: "self" })])).toEqual([["self", null, []]]);
  const circle = shapes([run("a", { child: "b" }, 1), run("b", { child: "a" }, 2), run("c", { child: "a" }, 3)]);
  expect(
    JSON.stringify(circle)
      .match(/"[abc]"/g)
      ?.sort(),
  ).toEqual(['"a"', '"b"', '"c"']);
});
