import { expect, test } from "vitest";
import { move, sections, shift } from "./panel-order";

const KEYS = ["system/cpu", "val/loss", "loss", "val/acc", "acc", "layer10", "layer2", "/odd"];

test("sections by prefix, the system's last", () => {
  expect(sections(KEYS, [])).toEqual([
    { prefix: "", keys: ["/odd", "acc", "layer2", "layer10", "loss"] },
    { prefix: "val", keys: ["val/acc", "val/loss"] },
    { prefix: "system", keys: ["system/cpu"] },
  ]);
});

test("an order of one's own goes first, and what is not there is passed over", () => {
  expect(sections(KEYS, ["gone", "loss", "val/loss"])[0]?.keys).toEqual(["loss", "/odd", "acc", "layer2", "layer10"]);
});

test("panels are moved within their section, and the order names no more than it must", () => {
  const keys = ["a", "b", "c", "d"];
  const after = (order: string[]) => sections(keys, order)[0]?.keys.join("");
  const moved = move(keys, [], "d", "a");
  expect(moved).toEqual(["d"]);
  expect(after(moved)).toBe("dabc");
  const down = shift(keys, [], "b", 1);
  expect(down).toEqual(["a", "c"]);
  expect(after(down)).toBe("acbd");
  expect(after(shift(keys, down, "b", -1))).toBe("abcd");
  expect(shift(keys, down, "b", -1)).toEqual([]);
  expect(after(shift(keys, [], "d", 1))).toBe("abcd");
  expect(after(move(keys, [], "a", "d"))).toBe("bcda");
});

test("an order of other sections is kept, and one section's panels do not go into another", () => {
  expect(move(KEYS, ["loss"], "val/loss", "val/acc")).toEqual(["loss", "val/loss"]);
  expect(move(KEYS, [], "val/loss", "acc")).toEqual([]);
});
