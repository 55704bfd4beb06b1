/** Moves of aliases and stages: what a model asks for before one is done, and which ones can be taken back. */

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

/** When it was done: one that waited long has a smaller number than those that were done meanwhile. */
const doneAt = (move: Move): number => move.decision_timestamp ?? move.timestamp;

/** The move after which each alias is where it is now, which can be taken back. */
export function lastOfAliases(moves: readonly Move[]): ReadonlyMap<string, Move> {
  const found = new Map<string, Move>();
  for (const move of moves) {
    if (move.kind !== "alias" || move.status !== "DONE") continue;
    const before = found.get(move.target);
    const later = before ? doneAt(move) - doneAt(before) || move.number - before.number : 1;
    if (later > 0) found.set(move.target, move);
  }
  return found;
}

/** Rules as they are sent: without empty checks. */
export const withoutEmpty = (rules: Rules): Rules => ({
  ...rules,
  checks: rules.checks.filter((check) => (check.filter + check.report).trim() !== ""),
});
