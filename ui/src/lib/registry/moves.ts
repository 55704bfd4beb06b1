/** Moves of aliases and stages: what a model asks for before one is done, and in words what became of it. */

import type { Check, Move, Rules } from "../../api/types";

/** What is asked for before an alias or a stage comes to a version. */
export interface Asked {
  /** What must hold. */
  checks: Check[];
  /** Whether somebody else has to approve it. */
  approval: boolean;
  /** Whether the version that it points to does not change any more. */
  guarded: boolean;
}

export const NOTHING_ASKED: Asked = { checks: [], approval: false, guarded: false };

export function askedFor(rules: Rules | undefined, kind: "alias" | "stage", target: string): Asked {
  if (!rules || !target) return NOTHING_ASKED;
  const approved = kind === "alias" ? rules.approved_aliases : rules.approved_stages;
  return {
    checks: rules.checks.filter((check) => check.target === "" || check.target === target),
    approval: approved.includes(target),
    guarded: kind === "alias" && rules.protected_aliases.includes(target),
  };
}

/** The numbers of the moves after which each alias is where it is now: these can be taken back. */
export function lastOfAliases(moves: readonly Move[]): ReadonlySet<number> {
  const seen = new Set<string>();
  const found = new Set<number>();
  // The latest is first.
  for (const move of moves) {
    if (move.kind !== "alias" || move.status !== "DONE" || seen.has(move.target)) continue;
    seen.add(move.target);
    found.add(move.number);
  }
  return found;
}

/** Rules as they are sent: without empty checks. */
export const withoutEmpty = (rules: Rules): Rules => ({
  ...rules,
  checks: rules.checks.filter((check) => (check.filter + check.report).trim() !== ""),
});
