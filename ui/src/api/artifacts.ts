/** Files of runs: where they are, and parts of them. */

import { ApiError, getBytes, NATIVE, url } from "./client";

/** Where a file is downloaded from. */
export const artifactUrl = (runId: string, path: string): string => url("get-artifact", { run_id: runId, path });

/** Where a folder is downloaded from as a zip file, "" for all of a run. */
export const zipUrl = (runId: string, path: string): string =>
  url(`${NATIVE}artifacts/zip`, { run_id: runId, ...(path && { path }) });

export interface FilePart {
  bytes: Uint8Array<ArrayBuffer>;
  /** Of the whole file. */
  size: number;
  whole: boolean;
}

/** At most `limit` bytes of a file, from `start` on. */
export async function readArtifact(
  runId: string,
  path: string,
  limit: number,
  signal?: AbortSignal,
  start = 0,
): Promise<FilePart> {
  try {
    return await getBytes("get-artifact", { run_id: runId, path }, limit, signal, start);
  } catch (error) {
    // No range is in an empty file.
    if (error instanceof ApiError && error.status === 416) return { bytes: new Uint8Array(), size: start, whole: true };
    throw error;
  }
}
