/** Whether a run gave the same when it ran again: what the tags of both runs say. */

import type { Tag } from "../../api/types";
import { asList, asObject, asObjects, asText, parseJson } from "../json";
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
  /** What the run is: the original, which was reproduced, the reproduction of another one, or one with other arguments. */
  of: "original" | "reproduction" | "fork";
  /** Null while it is not known, as of a reproduction that is running, and of a fork. */
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
  const forked = tagValue(tags, FORKED_FROM_TAG);
  if (forked) found.push({ of: "fork", verdict: null, other: forked });
  return found;
}

export interface MetricDivergence {
  key: string;
  /** The first at which values differ. */
  step: number;
  /** The values there, null where a run has none. */
  before: number | null;
  after: number | null;
  /** How far values are apart at most, as a part of the larger; null where a point is missing or no finite number. */
  relative: number | null;
}

/** What was found when a run had run again. */
export interface ReproductionDetails {
  /** In English: of what is not runnable, what is missing and what to do. */
  text: string;
  tolerance: number;
  metricsCompared: number;
  pointsCompared: number;
  /** Those that differ. */
  metrics: MetricDivergence[];
  params: { key: string; before: string; after: string }[];
  artifactsCompared: number;
  artifacts: { path: string; status: string }[];
  /** The likeliest first. */
  causes: { kind: string; text: string }[];
  notes: string[];
}

const asNumber = (value: unknown): number => (typeof value === "number" ? value : 0);
const asValue = (value: unknown): number | null =>
  typeof value === "number" || typeof value === "string" ? Number(value) : null;

/** What `kiseki/reproduction.json` says; null when it is none. */
export function readDetails(text: string): ReproductionDetails | null {
  const found = asObject(parseJson(text));
  if (!found) return null;
  return {
    text: asText(found.text),
    tolerance: asNumber(found.tolerance),
    metricsCompared: asNumber(found.metrics_compared),
    pointsCompared: asNumber(found.points_compared),
    metrics: asObjects(found.metrics).map((one) => ({
      key: asText(one.key),
      step: asNumber(one.step),
      before: asValue(one.before),
      after: asValue(one.after),
      relative: asValue(one.relative),
    })),
    params: asObjects(found.params).map((one) => ({
      key: asText(one.name),
      before: asText(one.before),
      after: asText(one.after),
    })),
    artifactsCompared: asNumber(found.artifacts_compared),
    artifacts: asObjects(found.artifacts).map((one) => ({ path: asText(one.path), status: asText(one.status) })),
    causes: asObjects(found.causes).map((one) => ({ kind: asText(one.kind), text: asText(one.text) })),
    notes: asList(found.notes).map(asText),
  };
}
