/** The rows of the table: pinned runs first, then the others, in groups where they are grouped. */

import { groupRuns } from "../../lib/run-groups";
import { cellOf, type ListedRun } from "../../state/run-list";
import type { RunsSearch } from "../../state/runs";

export interface GroupTableRow {
  kind: "group";
  id: string;
  value: string | number | null;
  runs: readonly ListedRun[];
}

export type TableRow = { kind: "run"; run: ListedRun; pinned: boolean } | GroupTableRow;

/** Rows in order, grouped by a column if one is given; the runs of a group whose id is in `closed` are left out. */
export function tableRows(
  runs: readonly ListedRun[],
  search: Pick<RunsSearch, "pin" | "base">,
  group: string | undefined,
  closed: ReadonlySet<string>,
): TableRow[] {
  const pins = new Set(search.pin ?? []);
  if (search.base) pins.add(search.base);
  const pinned = runs.filter((run) => pins.has(run.id));
  const others = pins.size === 0 ? runs : runs.filter((run) => !pins.has(run.id));
  const rows: TableRow[] = pinned.map((run) => ({ kind: "run", run, pinned: true }));
  if (!group) return rows.concat(others.map((run) => ({ kind: "run", run, pinned: false })));
  for (const one of groupRuns(others, (run) => cellOf(run, group))) {
    const id = `group-${String(one.value)}`;
    rows.push({ kind: "group", id, value: one.value, runs: one.runs });
    if (!closed.has(id)) rows.push(...one.runs.map((run): TableRow => ({ kind: "run", run, pinned: false })));
  }
  return rows;
}
