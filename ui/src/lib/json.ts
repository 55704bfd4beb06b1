/** JSON that others wrote, read without trust in its shape. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a text says as JSON, undefined when it is none. */
export function parseJson(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; what else is in it is left out. */
export function asObjects(value: unknown): JsonObject[] {
  return asList(value)
    .map(asObject)
    .filter((one) => one !== null);
}

/** A text or number as text, "" for all else. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

const MAX_DEPTH = 20;

/** The leaves of a value with their paths, such as `a.b[0]`; at most `limit` of them, and what lies very deep as `…`. */
export function leaves(value: unknown, limit = 100): [string, string][] {
  const found: [string, string][] = [];
  const walk = (one: unknown, path: string, depth = 0) => {
    if (found.length >= limit) return;
    const object = asObject(one);
    if (depth > MAX_DEPTH && typeof one === "object") {
      found.push([path, "…"]);
    } else if (Array.isArray(one) && one.some((each) => typeof each === "object" && each !== null)) {
      for (const [i, each] of one.entries()) walk(each, `${path}[${i}]`, depth + 1);
    } else if (object) {
      for (const [key, each] of Object.entries(object)) walk(each, path ? `${path}.${key}` : key, depth + 1);
    } else {
      found.push([path, typeof one === "string" ? one : Array.isArray(one) ? one.join(", ") : String(one)]);
    }
  };
  walk(value, "");
  return found;
}
