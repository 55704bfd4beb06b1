/** The runs that come of one run, and those that it comes of. */

import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { findRuns, getRun } from "../api/endpoints";
import type { FoundRun, RunDetails } from "../api/types";
import { columnId } from "../lib/columns";
import { quoted } from "../lib/filter";
import { above, RELATIONS, type Relation, type Relative } from "../lib/reproducibility/family";
import {
  asVerdict,
  REPRODUCED_BY_TAG,
  REPRODUCED_TAG,
  REPRODUCTION_VERDICT_TAG,
  type ReproductionVerdict,
} from "../lib/reproducibility/reproduction";
import { tagValue } from "../lib/tags";
import type { ListedRun } from "./run-list";

/** Runs beyond these are left out, and the page says so. */
export const MAX_FAMILY = 500;
const MAX_UP = 20;
const LIVE_MS = 10_000;
const STALE_MS = 10_000;

export interface FamilyRun extends Relative {
  experimentId: string;
  /** What came of its reproduction, and of itself as one. */
  reproduced: ReproductionVerdict | null;
  verdict: ReproductionVerdict | null;
  /** Its latest reproduction, "" without one. */
  reproducedBy: string;
}

export interface Family {
  runs: FamilyRun[];
  /** Whether these are all. */
  whole: boolean;
}

const relations = Object.entries(RELATIONS) as [Relation, string][];
/** What says of which runs a run comes, and what came of it. */
const TAGS = [...Object.values(RELATIONS), REPRODUCED_TAG, REPRODUCTION_VERDICT_TAG, REPRODUCED_BY_TAG];
export const FAMILY_COLUMNS = TAGS.map((key) => columnId({ kind: "tags", key, aggregate: "last" }));

interface Facts {
  run_id: string;
  experiment_id: string;
  status: string;
  start_time: number;
}

const familyRun = (run: Facts, name: string, tag: (key: string) => string): FamilyRun => ({
  id: run.run_id,
  name: name || run.run_id.slice(0, 8),
  experimentId: run.experiment_id,
  status: run.status,
  startTime: run.start_time,
  from: Object.fromEntries(relations.flatMap(([relation, key]) => (tag(key) ? [[relation, tag(key)]] : []))),
  reproduced: asVerdict(tag(REPRODUCED_TAG)),
  verdict: asVerdict(tag(REPRODUCTION_VERDICT_TAG)),
  reproducedBy: tag(REPRODUCED_BY_TAG),
});

const ofDetails = ({ run, tags }: RunDetails) => familyRun(run, run.run_name, (key) => tagValue(tags, key));
const ofFound = (run: FoundRun) => familyRun(run, run.name, (key) => String(run.values[TAGS.indexOf(key)] ?? ""));

/** A run of a list that has those columns. */
export const ofListed = (run: ListedRun): FamilyRun =>
  familyRun(
    { run_id: run.id, experiment_id: run.experimentId, status: run.status, start_time: run.startTime },
    run.name,
    (key) => String(run.values[FAMILY_COLUMNS[TAGS.indexOf(key)] ?? ""] ?? ""),
  );

/** A run by its id; null where there is none that one may see. */
async function known(runId: string, signal: AbortSignal): Promise<FamilyRun | null> {
  try {
    return ofDetails(await getRun(runId, signal));
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return null;
    throw error;
  }
}

/** The runs of those experiments that come of some runs. */
async function below(runs: readonly FamilyRun[], experiments: ReadonlySet<string>, signal: AbortSignal) {
  const ids = runs.map(({ id }) => quoted(id)).join(", ");
  const answers = await Promise.all(
    Object.values(RELATIONS).map((key) =>
      findRuns(
        {
          experiment_ids: [...experiments],
          filter: `tags.\`${key}\` IN (${ids})`,
          columns: FAMILY_COLUMNS,
          max_results: MAX_FAMILY,
        },
        signal,
      ),
    ),
  );
  return { runs: answers.flatMap((one) => one.runs.map(ofFound)), whole: answers.every((one) => !one.next_page_token) };
}

async function findFamily(details: RunDetails, signal: AbortSignal): Promise<Family> {
  const start = ofDetails(details);
  const found = new Map([[start.id, start]]);
  let top = start;
  for (let up = above(top); up && !found.has(up.id) && found.size <= MAX_UP; up = above(top)) {
    const upper = await known(up.id, signal);
    if (!upper) break;
    found.set(upper.id, upper);
    top = upper;
  }
  let whole = true;
  const seen = new Set<string>();
  for (let level = [top]; level.length > 0 && found.size < MAX_FAMILY; ) {
    for (const { id } of level) seen.add(id);
    const next = await below(level, new Set([...found.values()].map((run) => run.experimentId)), signal);
    whole &&= next.whole;
    for (const run of next.runs) found.set(run.id, found.get(run.id) ?? run);
    // One that ran again elsewhere is known by its original alone.
    const elsewhere = level.flatMap(({ reproducedBy }) =>
      reproducedBy && !found.has(reproducedBy) ? reproducedBy : [],
    );
    for (const run of await Promise.all(elsewhere.map((id) => known(id, signal)))) if (run) found.set(run.id, run);
    level = [...found.values()].filter(({ id }) => !seen.has(id));
  }
  return { runs: [...found.values()].slice(0, MAX_FAMILY), whole: whole && found.size <= MAX_FAMILY };
}

export function useFamily(details: RunDetails) {
  return useQuery({
    queryKey: ["family", details.run.run_id],
    queryFn: ({ signal }) => findFamily(details, signal),
    staleTime: STALE_MS,
    refetchInterval: details.run.status === "RUNNING" ? LIVE_MS : false,
  });
}
