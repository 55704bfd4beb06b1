/** What a version of a registered model can be made of. */

import type { Source } from "../../api/registry";
import type { LoggedModel } from "../../api/types";
import { isExternal } from "../models/external";
import { modelUri } from "../models/load-snippets";

/** A logged model; null where it has no files that a version can have. */
export const modelSource = ({ info }: LoggedModel): Source | null =>
  info.status === "LOGGED_MODEL_READY" && info.lifecycle_stage !== "deleted" && !isExternal(info.tags ?? [])
    ? { source: modelUri(info.model_id), model_id: info.model_id }
    : null;

/** A folder of a run's files. */
export const runSource = (runId: string, path: string): Source => ({ source: `runs:/${runId}/${path}`, run_id: runId });
