/** Colours of numbers: equal steps of the number look like equal steps of the colour, in grey and to the colour-blind too. */

// Viridis, by Nathaniel Smith and Stéfan van der Walt (2015, CC0), at sixteen even steps.
const VIRIDIS = [
  "440154",
  "481a6c",
  "472f7d",
  "414487",
  "39568c",
  "31688e",
  "2a788e",
  "23888e",
  "1f988b",
  "22a884",
  "35b779",
  "54c568",
  "7ad151",
  "a5db36",
  "d2e21b",
  "fde725",
].map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)));

/** The part of it that has a contrast of three to one on a ground: without the yellow end on white, without the violet end on dark. */
const PARTS = { light: [0, 0.59], dark: [0.4, 1] } as const;

export type Ground = keyof typeof PARTS;

/** The colour of a number from 0 to 1. */
export function scaleColour(unit: number, ground: Ground): string {
  const [start, end] = PARTS[ground];
  const at = (start + Math.min(1, Math.max(0, unit)) * (end - start)) * (VIRIDIS.length - 1);
  const below = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const low = VIRIDIS[below] ?? [];
  const high = VIRIDIS[below + 1] ?? [];
  const parts = low.map((one, i) => Math.round(one + (at - below) * ((high[i] ?? one) - one)));
  return `#${parts.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}

/** Colours at even steps from 0 to 1, for legends and for drawing many things of few colours. */
export function scaleSteps(count: number, ground: Ground): string[] {
  return Array.from({ length: count }, (_, i) => scaleColour(count === 1 ? 0.5 : i / (count - 1), ground));
}
