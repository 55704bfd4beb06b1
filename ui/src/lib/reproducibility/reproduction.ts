/** Whether a run gave the same when it ran again: what the tags of both runs say. */

import type { Tag } from "../../api/types";
import { tagValue } from "../tags";

export const VERDICTS = ["identical", "within_tolerance", "diverged", "not_runnable"] as const;
export type ReproductionVerdict = (typeof VERDICTS)[number];

/** On the original: what came of its latest reproduction, and the run that was it. */
export const REPRODUCED_TAG = "kiseki.reproduced";
export const REPRODUCED_BY_TAG = "kiseki.reproducedBy";
/** On a reproduction: the original, and what came of it. */
export const REPRODUCES_TAG = "kiseki.reproduces";
export const REPRODUCTION_VERDICT_TAG = "kiseki.reproduction.verdict";
/** On a run that was made of another one with other arguments. */
export const FORKED_FROM_TAG = "kiseki.forkedFrom";

/** The artifact of a reproduction with all that was found. */
export const REPRODUCTION_FILE = "kiseki/reproduction.json";

/** A text as a verdict, null when it is none. */
export const asVerdict = (text: unknown): ReproductionVerdict | null => VERDICTS.find((one) => one === text) ?? null;

export interface Reproduction {
  /** What the run is: the original, which was reproduced, or the reproduction of another one. */
  of: "original" | "reproduction";
  /** Null while it is not known, as of a reproduction that is running. */
  verdict: ReproductionVerdict | null;
  /** The other run, "" where no run came of it. */
  other: string;
}

/** What the tags say of reproductions; a run may be both an original and a reproduction. */
export function readReproductions(tags: readonly Tag[]): Reproduction[] {
  const found: Reproduction[] = [];
  const reproduced = asVerdict(tagValue(tags, REPRODUCED_TAG));
  const by = tagValue(tags, REPRODUCED_BY_TAG);
  if (reproduced || by) found.push({ of: "original", verdict: reproduced, other: by });
  const reproduces = tagValue(tags, REPRODUCES_TAG);
  if (reproduces)
    found.push({
      of: "reproduction",
      verdict: asVerdict(tagValue(tags, REPRODUCTION_VERDICT_TAG)),
      other: reproduces,
    });
  return found;
}

/** The run whose artifacts have the details: the reproduction. */
export const detailsOwner = (runId: string, one: Reproduction): string => (one.of === "original" ? one.other : runId);
