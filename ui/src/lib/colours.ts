/** Colours of runs: told apart by people with and without full colour vision, on light and on dark. */

// Okabe and Ito's palette (2008), made a little darker or lighter where it had too little contrast on one of the grounds
// (at least 3:1 on white and on #242424), and more of the same lightness.
export const PALETTE = [
  "#2f7fc1",
  "#d9730d",
  "#1a936f",
  "#b8479e",
  "#94760a",
  "#349fc4",
  "#d0483f",
  "#7d6be0",
  "#5f8f1f",
  "#ad6444",
  "#4a7a8c",
  "#d14f7d",
] as const;

const COLOUR = /^#[0-9a-fA-F]{6}$/;

/** The colour of a run: the one that it was given, else that of its number: runs after one another are not alike. */
export function runColour(number: number, given?: string | number | null): string {
  return typeof given === "string" && COLOUR.test(given) ? given : groupColour(number);
}

/** The colour of the n-th group. */
export function groupColour(index: number): string {
  return PALETTE[index % PALETTE.length] ?? PALETTE[0];
}
