/** The artifacts of one run or several as one tree, of which folders are known as they are opened. */

import type { FileInfo } from "../api/types";
import { seriesImage, seriesLabel } from "./image-series";
import { baseName, folderOf } from "./preview-kind";

export interface Entry {
  /** Where it is in the tree: the path, or of an image of a series what several runs have in common. */
  path: string;
  name: string;
  isDir: boolean;
  /** Bytes in the first run that has it; null for folders. */
  size: number | null;
  /** Bytes in each run, null where a run has none. */
  sizes: (number | null)[];
  /** Its own path in each run, null where a run has none. */
  paths: (string | null)[];
}

export type Folder =
  | { status: "loading" }
  | { status: "error"; error: Error }
  | { status: "ready"; entries: readonly Entry[] };

export type TreeRow =
  | { kind: "entry"; id: string; entry: Entry; level: number; open: boolean; position: number; siblings: number }
  | { kind: "loading" | "empty"; id: string; level: number }
  | { kind: "error"; id: string; level: number; error: Error };

const collator = new Intl.Collator(undefined, { numeric: true });

/** What a folder has in some runs; null for a run that cannot be listed. Small copies of images are left out. */
export function mergedEntries(listings: readonly (readonly FileInfo[] | null)[]): Entry[] {
  const found = new Map<string, Entry>();
  listings.forEach((files, run) => {
    for (const file of files ?? []) {
      const image = file.is_dir ? null : seriesImage(file.path);
      if (image?.small) continue;
      let path = file.path;
      if (image && listings.length > 1)
        path = `${folderOf(path)}/${image.key.replaceAll("/", "~")}+step+${image.step}.png`;
      // A file of one run may be a folder of another, and an image may be logged twice for one step.
      while (found.has(path) && (found.get(path)?.isDir !== file.is_dir || found.get(path)?.paths[run] != null))
        path += "#";
      const entry = found.get(path) ?? {
        path,
        name: image ? seriesLabel(image) : baseName(file.path),
        isDir: file.is_dir,
        size: file.file_size ?? null,
        sizes: listings.map(() => null),
        paths: listings.map(() => null),
      };
      entry.paths[run] = file.path;
      entry.sizes[run] = file.file_size ?? null;
      found.set(path, entry);
    }
  });
  return [...found.values()].sort(
    (a, b) => Number(b.isDir) - Number(a.isDir) || collator.compare(a.name, b.name) || collator.compare(a.path, b.path),
  );
}

/** All folders above a path, the uppermost first. */
export function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** The rows that are seen. With a filter these are entries whose name has it, and the folders above them, opened. */
export function treeRows(folders: ReadonlyMap<string, Folder>, opened: ReadonlySet<string>, filter = ""): TreeRow[] {
  const wanted = filter.trim().toLowerCase();
  const rows: TreeRow[] = [];
  const add = (path: string, level: number): boolean => {
    const folder = folders.get(path) ?? { status: "loading" };
    if (folder.status === "loading") {
      if (!wanted) rows.push({ kind: "loading", id: `${path}//loading`, level });
      return false;
    }
    if (folder.status === "error") {
      rows.push({ kind: "error", id: `${path}//error`, level, error: folder.error });
      return true;
    }
    if (folder.entries.length === 0 && !wanted) rows.push({ kind: "empty", id: `${path}//empty`, level });
    let any = false;
    const own: (TreeRow & { kind: "entry" })[] = [];
    for (const entry of folder.entries) {
      const matches = !wanted || entry.name.toLowerCase().includes(wanted);
      const row: TreeRow & { kind: "entry" } = {
        kind: "entry",
        id: entry.path,
        entry,
        level,
        open: false,
        position: own.length + 1,
        siblings: 0,
      };
      const before = rows.length;
      rows.push(row);
      if (entry.isDir && (wanted ? folders.has(entry.path) : opened.has(entry.path))) {
        const inside = add(entry.path, level + 1);
        row.open = wanted ? inside : true;
        if (wanted && matches && !inside) rows.length = before + 1;
        if (!matches && !inside) {
          rows.length = before;
          continue;
        }
      } else if (!matches) {
        rows.length = before;
        continue;
      }
      any = true;
      own.push(row);
    }
    for (const row of own) row.siblings = own.length;
    return any;
  };
  add("", 1);
  return rows;
}

/** The folders that a filter has still to look into: those that are known of and not loaded, the upper ones first. */
export function unknownFolders(folders: ReadonlyMap<string, Folder>): string[] {
  const found: string[] = [];
  for (const folder of folders.values()) {
    if (folder.status !== "ready") continue;
    for (const entry of folder.entries) if (entry.isDir && !folders.has(entry.path)) found.push(entry.path);
  }
  return found.sort((a, b) => a.split("/").length - b.split("/").length);
}

/** What a path is: an entry, null when its folder has none of that name, undefined while that is not known. */
export function entryOf(folders: ReadonlyMap<string, Folder>, path: string): Entry | null | undefined {
  const folder = folders.get(folderOf(path));
  if (folder?.status !== "ready") return folder?.status === "error" ? null : undefined;
  return folder.entries.find((entry) => entry.path === path) ?? null;
}
