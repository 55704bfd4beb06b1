/** Looking for runs by what people know of them. */

/** The filter of runs whose name has a text, or whose id begins with it. */
export function runFilter(text: string): string {
  const wanted = text.trim();
  if (!wanted) return "";
  const quoted = wanted.replaceAll("'", "''");
  const byName = `attributes.run_name ILIKE '%${quoted}%'`;
  return /^[0-9a-f]{4,32}$/i.test(wanted) ? `(${byName} OR attributes.run_id LIKE '${wanted.toLowerCase()}%')` : byName;
}
