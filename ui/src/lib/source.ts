/** The code of a run, as its tags tell of it. */

import type { Tag } from "../api/types";
import { tagValue } from "./tags";

export interface Source {
  /** The script, notebook or project. */
  name: string;
  type: string;
  entryPoint: string;
  commit: string;
  branch: string;
  repository: string;
  /** Whether files had changes that were not committed; null when nothing says. */
  dirty: boolean | null;
  diff: string;
}

/** The source that tags tell of; texts are "" where they say nothing. */
export function readSource(tags: readonly Tag[]): Source {
  const first = (...keys: string[]) => keys.map((key) => tagValue(tags, key)).find(Boolean) ?? "";
  const diff = first("mlflow.source.git.diff", "mlflow.git.diff", "kiseki.source.git.diff");
  const dirty = first("mlflow.source.git.dirty", "mlflow.git.dirty", "kiseki.source.git.dirty").toLowerCase();
  return {
    name: first("mlflow.source.name"),
    type: first("mlflow.source.type"),
    entryPoint: first("mlflow.project.entryPoint"),
    commit: first("mlflow.source.git.commit", "mlflow.git.commit"),
    branch: first("mlflow.source.git.branch", "mlflow.gitBranchName", "mlflow.git.branch"),
    repository: first("mlflow.source.git.repoURL", "mlflow.gitRepoURL", "mlflow.git.repo_url"),
    dirty: diff || dirty === "true" ? true : dirty === "false" ? false : null,
    diff,
  };
}

export const hasSource = (source: Source): boolean =>
  Boolean(source.name || source.entryPoint || source.commit || source.branch || source.repository || source.diff);

const SSH = /^(?:ssh:\/\/)?[\w.-]+@([\w.-]+)(?::\d+)?[:/]([\w./~-]+?)(?:\.git)?\/?$/;

/** A repository as a page of the web, null where it is none. */
export function repositoryPage(repository: string): string | null {
  const ssh = SSH.exec(repository);
  if (ssh) return `https://${ssh[1]}/${ssh[2]}`;
  try {
    const { protocol, host, pathname } = new URL(repository);
    if (protocol !== "https:" && protocol !== "http:") return null;
    return `${protocol}//${host}${pathname.replace(/\/$/, "").replace(/\.git$/, "")}`;
  } catch {
    return null;
  }
}

/** The page of a commit, null where the host's way of naming it is not known. */
export function commitPage(repository: string, commit: string): string | null {
  const page = repositoryPage(repository);
  if (!page || !/^[0-9a-f]{7,64}$/.test(commit)) return null;
  const host = new URL(page).hostname;
  if (/(^|\.)gitlab\./.test(host)) return `${page}/-/commit/${commit}`;
  if (/(^|\.)bitbucket\./.test(host)) return `${page}/commits/${commit}`;
  if (/(^|\.)(github|gitea|codeberg|forgejo)\./.test(host)) return `${page}/commit/${commit}`;
  return null;
}

export type DiffLine = "add" | "remove" | "hunk" | "file" | "same";

/** What a line of a unified diff is. */
export function diffLine(line: string): DiffLine {
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file|rename |similarity )/.test(line)) return "file";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "add";
  if (line.startsWith("-")) return "remove";
  return "same";
}
