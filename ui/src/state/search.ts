/** What a page shows is in its address: how the address is read and changed. */

/** Reads one value of an address; undefined when it is not understood. */
export type Reader<T> = (given: unknown) => T | undefined;

/** New values of an address; undefined goes back to the default. */
export type Change<S> = { [K in keyof S]?: S[K] | undefined };

export type Changer<S> = (change: Change<S>, options?: { replace?: boolean }) => void;

const isText = (value: unknown): value is string | number | boolean =>
  (typeof value === "string" && value !== "") || typeof value === "number" || typeof value === "boolean";

/** A text that is not empty; one of digits alone comes as a number. */
export const text: Reader<string> = (given) => (isText(given) ? String(given) : undefined);

/** Different texts, at least one. */
export const texts: Reader<string[]> = (given) => {
  const found = anyTexts(given);
  return found && found.length > 0 ? found : undefined;
};

/** Different texts, or none of them. */
export const anyTexts: Reader<string[]> = (given) =>
  Array.isArray(given) ? [...new Set(given.filter(isText).map(String))] : undefined;

/** A switch that is off by default. */
export const flag: Reader<boolean> = (given) => (given === true ? true : undefined);

export const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (given) =>
    allowed.find((one) => one === given);

export const number =
  (low: number, high: number): Reader<number> =>
  (given) =>
    typeof given === "number" && given >= low && given <= high ? given : undefined;

export const interval: Reader<[number, number]> = (given) =>
  Array.isArray(given) && given.length === 2 && given.every((one) => typeof one === "number")
    ? (given as [number, number])
    : undefined;

/**
 * Reads an address with one reader for each name. What is not understood, and every name that is not known, is
 * undefined in the answer: a name that were left out would keep what the address says.
 */
export function reading<S extends object>(fields: { [K in keyof S]-?: Reader<S[K]> }) {
  const readers = Object.entries(fields) as [string, Reader<unknown>][];
  return (given: Record<string, unknown>): S => ({
    ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])),
    ...(Object.fromEntries(readers.map(([name, read]) => [name, read(given[name])])) as S),
  });
}

/** Changes an address by a route's `navigate`. */
export function changer<S extends object>(
  navigate: (to: { search: (before: S) => S; replace: boolean; resetScroll: false }) => unknown,
): Changer<S> {
  return (change, { replace = false } = {}) => {
    navigate({
      search: (before) =>
        Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined)) as S,
      replace,
      resetScroll: false,
    });
  };
}
