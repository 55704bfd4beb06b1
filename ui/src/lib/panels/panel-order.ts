/** In which sections and in which order panels are shown. */

export interface Section {
  /** What the keys have before their first `/`, "" for those without one. */
  prefix: string;
  keys: string[];
}

export const SYSTEM = "system";

const natural = new Intl.Collator("en", { numeric: true }).compare;

/** Panels by prefix, those without one first and the system's last; in `order`, then by name. */
export function sections(keys: readonly string[], order: readonly string[]): Section[] {
  const place = new Map(order.map((key, i) => [key, i]));
  const byPrefix = new Map<string, string[]>();
  for (const key of new Set(keys)) {
    const prefix = prefixOf(key);
    const found = byPrefix.get(prefix);
    if (found) found.push(key);
    else byPrefix.set(prefix, [key]);
  }
  return [...byPrefix]
    .sort(([a], [b]) => Number(a === SYSTEM) - Number(b === SYSTEM) || natural(a, b))
    .map(([prefix, found]) => ({
      prefix,
      keys: found.sort((a, b) => (place.get(a) ?? order.length) - (place.get(b) ?? order.length) || natural(a, b)),
    }));
}

/** The part of a key that names its section; "" when it begins with `/` or has none. */
export function prefixOf(key: string): string {
  const slash = key.indexOf("/");
  return slash > 0 ? key.slice(0, slash) : "";
}

/** The order after `key` was moved to the place of `target` in its section; the same where that is another section. */
export function move(keys: readonly string[], order: readonly string[], key: string, target: string): string[] {
  return change(keys, order, key, (section) => section.indexOf(target));
}

/** The order after `key` was moved by so many places in its section. */
export function shift(keys: readonly string[], order: readonly string[], key: string, by: number): string[] {
  return change(keys, order, key, (section) => {
    const place = section.indexOf(key) + by;
    return Math.min(Math.max(place, 0), section.length - 1);
  });
}

function change(
  keys: readonly string[],
  order: readonly string[],
  key: string,
  place: (section: string[]) => number,
): string[] {
  const found = sections(keys, order).find((one) => one.keys.includes(key));
  const to = found ? place(found.keys) : -1;
  if (!found || to < 0) return [...order];
  const moved = found.keys.filter((one) => one !== key);
  moved.splice(to, 0, key);
  const rest = order.filter((one) => !moved.includes(one));
  return [...rest, ...firstOf(moved)];
}

/** As few keys as say the order: what follows them is by name. */
function firstOf(keys: readonly string[]): string[] {
  let end = keys.length;
  while (end > 1 && natural(keys[end - 2] ?? "", keys[end - 1] ?? "") <= 0) end--;
  const last = keys[end - 1];
  // All of the rest follows in its order, the first of it too.
  return end === 1 ? [] : last === undefined ? [] : keys.slice(0, end - 1);
}
