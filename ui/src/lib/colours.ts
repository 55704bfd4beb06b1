/** Colours of runs: told apart by people with and without full colour vision, on light and on dark. */

// Okabe and Ito's palette (2008), made a little darker or lighter where it had too little contrast on one of the grounds,
// and more of the same lightness.
export const PALETTE = [
  "#2f7fc1",
  "#d9730d",
  "#1a936f",
  "#b8479e",
  "#8a6d00",
  "#3aa5c9",
  "#c4423a",
  "#6f5bd0",
  "#5f8f1f",
  "#a15c3e",
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
