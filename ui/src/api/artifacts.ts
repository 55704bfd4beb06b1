/** Files of runs: where they are, and parts of them. */

import { ApiError, getBytes, NATIVE, url } from "./client";

/**
 * Where a file is downloaded from. With another `version`, such as its size, it is another address: a page shows an image
 * that it has shown before without asking again.
 */
export const artifactUrl = (runId: string, path: string, version?: number): string =>
  url("get-artifact", { run_id: runId, path, v: version });

/** Where a folder is downloaded from as a zip file, "" for all of a run. */
export const zipUrl = (runId: string, path: string): string =>
  url(`${NATIVE}artifacts/zip`, { run_id: runId, ...(path && { path }) });

/** Where a file is that another one names by a path from where it is itself; null when that leads nowhere. */
export function besideUrl(runId: string, path: string, named: string): string | null {
  const parts = path.split("/").slice(0, -1);
  for (const part of named.replace(/[?#].*$/, "").split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  try {
    return artifactUrl(runId, parts.map((part) => decodeURIComponent(part)).join("/"));
  } catch {
    return null;
  }
}

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
