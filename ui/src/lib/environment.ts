/** Files of a run that tell of the environment in which it ran. */

import type { FileInfo } from "../api/types";

export interface ArtifactLinks {
  environment: string[];
  /** Changes of the code that were not committed. */
  diffs: string[];
}

const ENVIRONMENT =
  /^((requirements|constraints|pip-freeze|packages)[\w.-]*\.(txt|in)|(conda|environment|python_env)\.ya?ml|(pyproject|Pipfile|pixi)(\.toml)?|(poetry|uv|pixi|Pipfile)\.lock|Dockerfile|environment\.json|MLproject)$/;
const DIFF = /\.(diff|patch)$/;

/** Which of the files do. */
export function artifactLinks(files: readonly Partial<FileInfo>[]): ArtifactLinks {
  const paths = files.filter((file) => !file.is_dir).map((file) => file.path ?? "");
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return {
    environment: paths.filter((path) => ENVIRONMENT.test(name(path))),
    diffs: paths.filter((path) => DIFF.test(name(path))),
  };
}
