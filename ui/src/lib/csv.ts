/** Tables as CSV (RFC 4180), safe to open in a spreadsheet. */

export type CsvCell = string | number | null | undefined;

/** What a spreadsheet would take for a formula when a cell begins with it. */
const FORMULA = /^[=+\-@\t\r]/;

/** The lines, each with its end. */
export function csvText(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

/** Numbers with all their digits; an apostrophe before a text that is no number and looks like a formula. */
function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return Object.is(cell, -0) ? "-0.0" : String(cell);
  const safe = FORMULA.test(cell) && (cell.trim() === "" || Number.isNaN(Number(cell))) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
