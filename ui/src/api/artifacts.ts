/** Files of runs, logged models and versions of registered models: where they are, and parts of them. */

import { ApiError, get, getBytes, MLFLOW, NATIVE, pathPart, url } from "./client";
import type { ArtifactsAnswer } from "./types";

/** Whose files: a run's, a logged model's, or a version's, which is `version/NAME/NUMBER`. */
export type Owner = `run/${string}` | `model/${string}` | `version/${string}`;

export const runOwner = (runId: string): Owner => `run/${runId}`;
export const modelOwner = (modelId: string): Owner => `model/${modelId}`;
export const versionOwner = (name: string, version: string): Owner => `version/${name}/${version}`;

const kindOf = (owner: Owner): string => owner.slice(0, owner.indexOf("/"));
const idOf = (owner: Owner): string => owner.slice(owner.indexOf("/") + 1);
const ofModel = (owner: Owner): string => `${MLFLOW}logged-models/${pathPart(idOf(owner))}/artifacts/`;

/** What names a version. No name has a slash. */
function versionOf(owner: Owner): { name: string; version: string } {
  const id = idOf(owner);
  const end = id.lastIndexOf("/");
  return { name: id.slice(0, end), version: id.slice(end + 1) };
}

/** A file's path, and its query. */
function filePlace(owner: Owner, path: string): [path: string, query: Record<string, string>] {
  switch (kindOf(owner)) {
    case "run":
      return ["get-artifact", { run_id: idOf(owner), path }];
    case "version":
      return ["model-versions/get-artifact", { ...versionOf(owner), path }];
    default:
      return [`${ofModel(owner)}files`, { artifact_file_path: path }];
  }
}

/** What is in a folder, "" for the root. */
export function listArtifacts(owner: Owner, path: string, signal?: AbortSignal): Promise<ArtifactsAnswer> {
  const below = path && { path };
  switch (kindOf(owner)) {
    case "run":
      return get(`${MLFLOW}artifacts/list`, { run_id: idOf(owner), ...below }, signal);
    case "version":
      return get(`${NATIVE}registry/artifacts`, { ...versionOf(owner), ...below }, signal);
    default:
      return get(`${ofModel(owner)}directories`, path ? { artifact_directory_path: path } : {}, signal);
  }
}

/**
 * Where a file is downloaded from. With another `version`, such as its size, it is another address: a page shows an image
 * that it has shown before without asking again.
 */
export function artifactUrl(owner: Owner, path: string, version?: number): string {
  const [place, query] = filePlace(owner, path);
  return url(place, { ...query, v: version });
}

/** Where a folder is downloaded from as a zip file, "" for all that there is. */
export function zipUrl(owner: Owner, path: string): string {
  const below = path && { path };
  switch (kindOf(owner)) {
    case "run":
      return url(`${NATIVE}artifacts/zip`, { run_id: idOf(owner), ...below });
    case "version":
      return url(`${NATIVE}registry/zip`, { ...versionOf(owner), ...below });
    default:
      return url(`${NATIVE}artifacts/zip`, { model_id: idOf(owner), ...below });
  }
}

/** Where a file is that another one names by a path from where it is itself; null when that leads nowhere. */
export function besideUrl(owner: Owner, path: string, named: string): string | null {
  const parts = path.split("/").slice(0, -1);
  for (const part of named.replace(/[?#].*$/, "").split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return null;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  try {
    return artifactUrl(owner, parts.map((part) => decodeURIComponent(part)).join("/"));
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
  owner: Owner,
  path: string,
  limit: number,
  signal?: AbortSignal,
  start = 0,
): Promise<FilePart> {
  try {
    return await getBytes(...filePlace(owner, path), limit, signal, start);
  } catch (error) {
    // No range is in an empty file.
    if (error instanceof ApiError && error.status === 416) return { bytes: new Uint8Array(), size: start, whole: true };
    throw error;
  }
}
