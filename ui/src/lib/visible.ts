/** Which runs charts show: the pinned, the first of the list, and those that a person switched on or off. */

export interface Visibility {
  pin?: readonly string[];
  on?: readonly string[];
  off?: readonly string[];
  first?: number;
}

export const FIRST_RUNS = 10;

/** The ids that are shown, in the order of the list. */
export function visibleIds(
  ids: readonly string[],
  { pin = [], on = [], off = [], first = FIRST_RUNS }: Visibility,
): Set<string> {
  const hidden = new Set(off);
  const wanted = new Set([...pin, ...on, ...ids.slice(0, first)]);
  return new Set(ids.filter((id) => wanted.has(id) && !hidden.has(id)));
}

/** What changes when a run's eye is clicked. */
export function toggled(
  ids: readonly string[],
  visibility: Visibility,
  id: string,
): { on: string[] | undefined; off: string[] | undefined } {
  const { pin = [], on = [], off = [], first = FIRST_RUNS } = visibility;
  const shown = visibleIds(ids, visibility).has(id);
  const byItself = pin.includes(id) || ids.slice(0, first).includes(id);
  const without = (list: readonly string[]) => list.filter((one) => one !== id);
  const nextOn = shown ? without(on) : byItself ? without(on) : [...without(on), id];
  const nextOff = shown && byItself ? [...without(off), id] : without(off);
  return { on: nextOn.length ? nextOn : undefined, off: nextOff.length ? nextOff : undefined };
}
