/** What differs between two texts, by lines and by words: the shortest edit after Myers (1986). */

export interface Edit<T> {
  kind: "same" | "removed" | "added";
  items: T[];
}

/** Beyond this many edits the rest is told as replaced: finding more takes time and tells nobody anything. */
const MAX_EDITS = 1_500;

/** How to make `after` of `before`; neighbours of one kind are one edit. */
export function diff<T>(before: readonly T[], after: readonly T[]): Edit<T>[] {
  let start = 0;
  let [endBefore, endAfter] = [before.length, after.length];
  while (start < endBefore && start < endAfter && before[start] === after[start]) start++;
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1]) {
    endBefore--;
    endAfter--;
  }
  const edits: Edit<T>[] = [];
  const add = (kind: Edit<T>["kind"], items: readonly T[]) => {
    if (items.length === 0) return;
    const last = edits[edits.length - 1];
    if (last?.kind === kind) last.items.push(...items);
    else edits.push({ kind, items: [...items] });
  };
  add("same", before.slice(0, start));
  for (const { kind, items } of shortest(before.slice(start, endBefore), after.slice(start, endAfter)))
    add(kind, items);
  add("same", before.slice(endBefore));
  return edits;
}

function shortest<T>(before: readonly T[], after: readonly T[]): Edit<T>[] {
  const [n, m] = [before.length, after.length];
  const replaced: Edit<T>[] = [
    { kind: "removed", items: [...before] },
    { kind: "added", items: [...after] },
  ];
  if (n === 0 || m === 0) return replaced;
  const most = Math.min(n + m, MAX_EDITS);
  // The furthest x on each diagonal, before each number of edits.
  const trace: Int32Array[] = [];
  const furthest = new Int32Array(2 * most + 3);
  const at = (diagonal: number) => furthest[diagonal + most + 1] ?? 0;
  for (let edits = 0; edits <= most; edits++) {
    trace.push(furthest.slice(most + 1 - edits - 1, most + 1 + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
      let x = down ? at(diagonal + 1) : at(diagonal - 1) + 1;
      let y = x - diagonal;
      while (x < n && y < m && before[x] === after[y]) {
        x++;
        y++;
      }
      furthest[diagonal + most + 1] = x;
      if (x >= n && y >= m) return backtracked(before, after, trace);
    }
  }
  return replaced;
}

function backtracked<T>(before: readonly T[], after: readonly T[], trace: readonly Int32Array[]): Edit<T>[] {
  const reversed: Edit<T>[] = [];
  let [x, y] = [before.length, after.length];
  const same = (until: number) => {
    if (x > until) reversed.push({ kind: "same", items: before.slice(until, x) });
    y -= x - until;
    x = until;
  };
  for (let edits = trace.length - 1; edits > 0; edits--) {
    const furthest = trace[edits] ?? new Int32Array();
    const at = (diagonal: number) => furthest[diagonal + edits + 1] ?? 0;
    const diagonal = x - y;
    const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const from = at(down ? diagonal + 1 : diagonal - 1);
    same(down ? from : from + 1);
    if (down) {
      y--;
      reversed.push({ kind: "added", items: after.slice(y, y + 1) });
    } else {
      x--;
      reversed.push({ kind: "removed", items: before.slice(x, x + 1) });
    }
  }
  same(0);
  return reversed.reverse();
}

export interface DiffSide {
  number: number;
  text: string;
}

/** A row of two texts side by side; a side is null where the other has lines that it has not. */
export interface DiffRow {
  same: boolean;
  left: DiffSide | null;
  right: DiffSide | null;
}

/** Two texts side by side, changed lines beside those that took their place. */
export function diffRows(before: readonly string[], after: readonly string[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let [left, right] = [0, 0];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++) {
      const [one, other] = [removed[i], added[i]];
      rows.push({
        same: false,
        left: one === undefined ? null : { number: ++left, text: one },
        right: other === undefined ? null : { number: ++right, text: other },
      });
    }
    removed = [];
    added = [];
  };
  for (const { kind, items } of diff(before, after)) {
    if (kind === "removed") removed = items;
    else if (kind === "added") added = items;
    else {
      flush();
      for (const text of items) {
        rows.push({ same: true, left: { number: ++left, text }, right: { number: ++right, text } });
      }
    }
  }
  flush();
  return rows;
}

/** Rows with the equal ones left out that are further than `context` from a change; a gap tells how many. */
export function withoutEqual(rows: readonly DiffRow[], context: number): (DiffRow | { gap: number; at: number })[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, i) => {
    if (!row.same) near.fill(1, Math.max(0, i - context), i + context + 1);
  });
  const found: (DiffRow | { gap: number; at: number })[] = [];
  for (let i = 0; i < rows.length; ) {
    const row = rows[i];
    let end = i;
    while (end < rows.length && !near[end]) end++;
    if (end - i > 1) {
      found.push({ gap: end - i, at: i });
      i = end;
    } else {
      if (row) found.push(row);
      i++;
    }
  }
  return found;
}

/** Words, numbers, spaces and single marks; East Asian text, which has no spaces, by characters. */
const WORDS = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}_]+|\p{N}+|\s+|[\s\S]/gu;
const MAX_WORDS = 20_000;

/** Two texts by words. */
export function diffWords(before: string, after: string): Edit<string>[] {
  const words = (text: string) => text.match(WORDS) ?? [];
  if (before.length + after.length > MAX_WORDS) {
    return diff(before.split(/(?<=\n)/), after.split(/(?<=\n)/));
  }
  return diff(words(before), words(after));
}
