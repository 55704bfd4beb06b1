/** Folders of artifacts of one run or logged model, or of several, fetched as they are opened. */

import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { listArtifacts, type Owner } from "../api/artifacts";
import type { ArtifactsAnswer } from "../api/types";
import { entryOf, type Folder, foldersAbove, mergedEntries, unknownFolders } from "../lib/artifact-tree";

const LIVE_MS = 10_000;
/** How far a filter looks into folders that nobody has opened. */
export const MAX_SEARCHED = 300;
const AT_ONCE = 8;

export interface ArtifactFolders {
  folders: ReadonlyMap<string, Folder>;
  /** The first one's artifact root, "" while it is not known. */
  root: string;
  /** Why artifacts cannot be listed, by the place of whose they are; null where they can. */
  errors: readonly (Error | null)[];
  refetch: () => void;
}

/** The folders of `paths` and the root, merged over all owners; asked for again every ten seconds while `live`. */
export function useArtifactFolders(owners: readonly Owner[], paths: readonly string[], live: boolean): ArtifactFolders {
  const wanted = useMemo(() => [...new Set(["", ...paths])], [paths]);
  const combine = useCallback(
    (results: UseQueryResult<ArtifactsAnswer>[]): ArtifactFolders => {
      const folders = new Map<string, Folder>();
      const at = (path: number, owner: number) => results[path * owners.length + owner];
      wanted.forEach((path, i) => {
        const own = owners.map((_, owner) => at(i, owner));
        const lists = own.map((result) => (result?.data ? (result.data.files ?? []) : null));
        const error = own.find((result) => result?.error && !result.data)?.error;
        // Of one whose answer is still to come, all would seem to be missing.
        if (own.some((result) => !result || result.isPending)) folders.set(path, { status: "loading" });
        else if (error && lists.every((list) => list === null)) folders.set(path, { status: "error", error });
        else folders.set(path, { status: "ready", entries: mergedEntries(lists) });
      });
      return {
        folders,
        root: at(0, 0)?.data?.root_uri ?? "",
        errors: owners.map((_, owner) => (at(0, owner)?.data ? null : (at(0, owner)?.error ?? null))),
        refetch: () => {
          for (const result of results) void result.refetch();
        },
      };
    },
    [owners, wanted],
  );
  return useQueries({
    queries: wanted.flatMap((path) =>
      owners.map((owner) => ({
        queryKey: ["artifacts", owner, path],
        queryFn: ({ signal }: { signal: AbortSignal }) => listArtifacts(owner, path, signal),
        staleTime: 5_000,
        refetchInterval: live ? LIVE_MS : (false as const),
        refetchOnWindowFocus: true,
      })),
    ),
    combine,
  });
}

export interface SearchedFolders extends ArtifactFolders {
  /** How many folders were looked into for the filter. */
  searched: number;
}

const NONE: readonly string[] = [];

/**
 * The folders of a tree: those that are open, those above the path that is shown, and what it has itself when it is a
 * folder. With a filter folders that are closed are looked into as well, a few at a time.
 */
export function useArtifactTree(
  owners: readonly Owner[],
  opened: ReadonlySet<string>,
  path: string,
  filter: string,
  live: boolean,
): SearchedFolders {
  const [searched, setSearched] = useState(NONE);
  const [isFolder, setIsFolder] = useState("");
  const paths = useMemo(
    () => [...opened, ...foldersAbove(path), ...searched, ...(isFolder && isFolder === path ? [path] : [])],
    [opened, path, searched, isFolder],
  );
  const found = useArtifactFolders(owners, paths, live);
  const { folders } = found;
  useEffect(() => {
    if (path && entryOf(folders, path)?.isDir) setIsFolder(path);
    if (!filter.trim()) return;
    const next = nextToSearch(folders, searched);
    if (next.length > 0) setSearched([...searched, ...next]);
  }, [filter, folders, searched, path]);
  return { ...found, searched: searched.length };
}

/** The folders that a search looks into next, until there are enough. */
function nextToSearch(folders: ReadonlyMap<string, Folder>, searched: readonly string[]): string[] {
  const loading = [...folders.values()].filter((folder) => folder.status === "loading").length;
  if (loading >= AT_ONCE || searched.length >= MAX_SEARCHED) return [];
  const known = new Set(searched);
  return unknownFolders(folders)
    .filter((path) => !known.has(path))
    .slice(0, AT_ONCE - loading);
}
