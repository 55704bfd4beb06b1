/** Versions of registered models: which one is the latest, which are in a stage. */

import type { RegisteredModel } from "../../api/types";
import { ACTIVE_STAGES } from "./stages";

/** Numbers of versions are texts. */
export const byNumber = (a: { version: string }, b: { version: string }): number =>
  Number(a.version) - Number(b.version);

/** The number of the latest version, "" where there is none. */
export function latestVersion({ latest_versions: versions }: RegisteredModel): string {
  return [...versions].sort(byNumber).at(-1)?.version ?? "";
}

/** The latest version of each stage in which models are used. */
export const stagedVersions = ({ latest_versions: versions }: RegisteredModel): { stage: string; version: string }[] =>
  ACTIVE_STAGES.flatMap((stage) =>
    versions.filter((one) => one.current_stage === stage).map(({ version }) => ({ stage, version })),
  );
