/** The packages that a requirements.txt names. */

const REQUIREMENT = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$/;

/** What is asked for of each package, by its name as pip compares it; options and comments are left out. */
export function packagesOf(requirements: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of requirements.split(/\r?\n/)) {
    const match = REQUIREMENT.exec(line.replace(/(^|\s)#.*$/, "").trim());
    const [, name = "", extras = "", rest = ""] = match ?? [];
    if (name) found.set(name.toLowerCase().replace(/[-_.]+/g, "-"), `${extras}${rest}`.trim() || "*");
  }
  return found;
}
