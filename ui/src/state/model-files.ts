/** What the files of a logged model, or of a version of a registered one, say of it. */

import { useQuery } from "@tanstack/react-query";
import { listArtifacts, type Owner, readArtifact } from "../api/artifacts";
import type { FileInfo } from "../api/types";
import type { ModelFile } from "../lib/models/mlmodel";

const MAX_REQUIREMENTS = 200_000;
const MAX_REQUEST = 20_000;

export interface ModelFiles {
  /** Null where there is none, "unread" where it is not understood. */
  file: ModelFile | "unread" | null;
  /** The text of requirements.txt, "" where there is none. */
  requirements: string;
  /** The example of the input as a server takes it, "" where there is none, or it is long. */
  request: string;
  /** What is at the top of the folder. */
  names: readonly FileInfo[];
}

/** The question about the files of a model, which do not change once they are `complete`. */
export const modelFilesQuery = (owner: Owner, complete = true) => ({
  queryKey: ["model-files", owner, complete],
  queryFn: ({ signal }: { signal: AbortSignal }) => readFiles(owner, signal),
  staleTime: complete ? Number.POSITIVE_INFINITY : 5_000,
  structuralSharing: false as const,
});

export const useModelFiles = (owner: Owner, complete?: boolean) => useQuery(modelFilesQuery(owner, complete));

async function readFiles(owner: Owner, signal: AbortSignal): Promise<ModelFiles> {
  const names = (await listArtifacts(owner, "", signal)).files ?? [];
  const text = async (path: string, limit: number) => {
    if (!names.some((one) => one.path === path && !one.is_dir)) return null;
    const { bytes, whole } = await readArtifact(owner, path, limit, signal);
    return { text: new TextDecoder().decode(bytes), whole };
  };
  const { MAX_MODEL_FILE, readModelFile } = await import("../lib/models/mlmodel");
  const [content, requirements] = await Promise.all([
    text("MLmodel", MAX_MODEL_FILE),
    text("requirements.txt", MAX_REQUIREMENTS),
  ]);
  const file = content && ((content.whole && readModelFile(content.text)) || "unread");
  const request = file && file !== "unread" ? await text(file.servingExample, MAX_REQUEST) : null;
  return {
    file,
    requirements: requirements?.text ?? "",
    request: request?.whole ? request.text : "",
    names,
  };
}
