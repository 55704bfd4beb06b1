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

/** The colour of a run: the one that it was given, else one of the palette that stays the same for it. */
export function runColour(runId: string, given?: string | number | null): string {
  if (typeof given === "string" && COLOUR.test(given)) return given;
  let hash = 2_166_136_261;
  for (let i = 0; i < runId.length; i++) hash = Math.imul(hash ^ runId.charCodeAt(i), 16_777_619);
  return PALETTE[(hash >>> 0) % PALETTE.length] ?? PALETTE[0];
}

/** The colour of the n-th group. */
export function groupColour(index: number): string {
  return PALETTE[index % PALETTE.length] ?? PALETTE[0];
}
