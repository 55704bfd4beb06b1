/** What a chart of many runs shows, as one text of the URL: its variant, and what was chosen for it. */

export interface ChartOptions {
  /** Such as `contour`; "" when nothing was chosen. */
  variant: string;
  options: Readonly<Record<string, string>>;
}

/** `contour?y=log` and the like; the reverse of `writeChart`. */
export function readChart(text: string | undefined): ChartOptions {
  const given = text ?? "";
  const end = given.indexOf("?");
  if (end < 0) return { variant: given, options: {} };
  return { variant: given.slice(0, end), options: Object.fromEntries(new URLSearchParams(given.slice(end + 1))) };
}

/** Options that are undefined are left out. */
export function writeChart(variant: string, options: Readonly<Record<string, string | undefined>>): string {
  const kept = Object.entries(options).filter((one): one is [string, string] => one[1] !== undefined);
  if (kept.length === 0) return variant;
  return `${variant}?${new URLSearchParams(kept.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}
