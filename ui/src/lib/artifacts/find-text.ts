/** Where a text is in some lines: the browser does not find lines that it has not drawn. */

export interface Hit {
  line: number;
  /** The place in the line. */
  at: number;
}

export const MAX_HITS = 10_000;

/** The places of a text, small and capital letters alike. */
export function findAll(lines: readonly string[], text: string, limit = MAX_HITS): Hit[] {
  const wanted = text.toLowerCase();
  const hits: Hit[] = [];
  if (!wanted) return hits;
  for (let line = 0; line < lines.length && hits.length < limit; line++) {
    const own = (lines[line] ?? "").toLowerCase();
    for (let at = own.indexOf(wanted); at >= 0 && hits.length < limit; at = own.indexOf(wanted, at + wanted.length)) {
      hits.push({ line, at });
    }
  }
  return hits;
}
