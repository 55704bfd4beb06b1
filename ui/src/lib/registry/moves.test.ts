import { expect, test } from "vitest";
import type { Move, Rules } from "../../api/types";
import { askedFor, lastOfAliases, NOTHING_ASKED, withoutEmpty } from "./moves";

const accuracy = { target: "champion", filter: "metrics.accuracy > 0.9", report: "" };
const everywhere = { target: "", filter: "", report: "evaluation" };
const rules: Rules = {
  protected_aliases: ["champion"],
  approved_aliases: ["champion", "challenger"],
  approved_stages: ["Production"],
  checks: [accuracy, everywhere],
};

test("what is asked for depends on what moves", () => {
  expect(askedFor(rules, "alias", "champion")).toEqual({
    checks: [accuracy, everywhere],
    approval: true,
    guarded: true,
  });
  expect(askedFor(rules, "alias", "challenger")).toEqual({ checks: [everywhere], approval: true, guarded: false });
  expect(askedFor(rules, "stage", "Production")).toEqual({ checks: [everywhere], approval: true, guarded: false });
  expect(askedFor(rules, "stage", "champion").approval).toBe(false);
  expect(askedFor(rules, "alias", "")).toEqual(NOTHING_ASKED);
  expect(askedFor(undefined, "alias", "champion")).toEqual(NOTHING_ASKED);
});

const move = (number: number, target: string, status = "DONE", given: Partial<Move> = {}) =>
  ({ number, target, status, kind: "alias", timestamp: number, decision_timestamp: number, ...given }) as Move;

test("the last move of each alias that was done can be taken back", () => {
  const moves = [
    move(9, "champion", "WAITING", { decision_timestamp: null }),
    move(8, "1", "DONE", { kind: "stage" }),
    move(7, "champion"),
    move(6, "challenger", "REFUSED"),
    move(5, "challenger"),
    move(4, "champion"),
    // It waited for long.
    move(3, "live", "DONE", { decision_timestamp: 10 }),
    move(2, "champion"),
    move(1, "live"),
  ];
  const reversed = [...moves].reverse();
  for (const given of [
    [...moves, move(4, "live")],
    [move(4, "live"), ...reversed],
  ])
    expect(Object.fromEntries([...lastOfAliases(given)].map(([alias, { number }]) => [alias, number]))).toEqual({
      champion: 7,
      challenger: 5,
      live: 3,
    });
});

test("checks without a text are left out", () => {
  const empty = { target: "champion", filter: " ", report: "" };
  expect(withoutEmpty({ ...rules, checks: [empty, accuracy] }).checks).toEqual([accuracy]);
});
