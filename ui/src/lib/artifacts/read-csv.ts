/** Comma- and tab-separated values as RFC 4180 has them, and as people write them. */

export interface ReadCsv {
  /** The first record. */
  columns: string[];
  rows: string[][];
  /** Whether there were more records than were wanted. */
  cut: boolean;
}

/**
 * The records of a text. Fields may be quoted, with quotes doubled and line ends inside; lines end in CR LF, LF or CR. A
 * record with too few fields is filled up, one with too many widens the table. A text that is not the `whole` file loses
 * its last record, which may be half of one.
 */
export function readCsv(text: string, separator: string, whole: boolean, maxRows: number): ReadCsv {
  const records: string[][] = [];
  let record: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let width = 0;
  const end = () => {
    // An empty line is no record.
    if (record.length > 1 || record[0] !== "") {
      records.push(record);
      width = Math.max(width, record.length);
    }
    record = [];
  };
  let ended = true;
  while (at < text.length && records.length <= maxRows) {
    ended = false;
    let field: string;
    if (text[at] === '"') {
      field = "";
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        const open = quote < 0;
        field += text.slice(at, open ? undefined : quote);
        at = open ? text.length : quote + 1;
        if (open || text[at] !== '"') break;
        field += '"';
        at++;
      }
      // What stands between the closing quote and the separator belongs to the field, too.
      const rest = fieldEnd(text, at, separator);
      field += text.slice(at, rest);
      at = rest;
    } else {
      const next = fieldEnd(text, at, separator);
      field = text.slice(at, next);
      at = next;
    }
    record.push(field);
    const mark = text[at];
    if (mark === separator) {
      at++;
      if (at === text.length) record.push("");
    } else if (mark !== undefined) {
      at += mark === "\r" && text[at + 1] === "\n" ? 2 : 1;
      end();
      ended = true;
    }
  }
  if (!ended && whole && at >= text.length) end();
  const cut = records.length > maxRows + 1 || at < text.length;
  const [columns = [], ...rows] = records;
  for (const row of [columns, ...rows]) while (row.length < width) row.push("");
  return { columns, rows: rows.slice(0, maxRows), cut };
}

/** Where an unquoted field ends. */
function fieldEnd(text: string, from: number, separator: string): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === separator || char === "\n" || char === "\r") return at;
  }
  return text.length;
}

/** The separator that the first line of a `.csv` has most of: a comma, semicolon or tab. */
export function guessSeparator(text: string): string {
  const line = text.slice(0, 10_000).split(/\r|\n/, 1)[0] ?? "";
  const bare = line.replace(/"[^"]*"?/g, "");
  const count = (mark: string) => bare.split(mark).length;
  return [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
