/** Colours of a few runs that are looked at together: no two alike while there are enough. */

import { PALETTE, runColour } from "../colours";

interface Coloured {
  number: number;
  given?: string | null;
}

/** The runs' own colours; a run whose colour another has already gets the next of the palette that none has. */
export function distinctColours(runs: readonly Coloured[]): string[] {
  const own = runs.map(({ number, given }) => runColour(number, given));
  const taken = new Set<string>();
  // Colours that people gave come first, whatever the order.
  const order = [...runs.keys()].sort((a, b) => Number(chosen(runs[b])) - Number(chosen(runs[a])) || a - b);
  const kept = new Set(order.filter((i) => !taken.has(own[i] ?? "") && taken.add(own[i] ?? "")));
  return own.map((colour, i) => {
    if (kept.has(i)) return colour;
    const free = PALETTE.find((one) => !taken.has(one));
    if (free === undefined) return colour;
    taken.add(free);
    return free;
  });
}

const chosen = (run: Coloured | undefined): boolean =>
  run?.given !== undefined && run.given !== null && runColour(run.number, run.given) !== runColour(run.number);
