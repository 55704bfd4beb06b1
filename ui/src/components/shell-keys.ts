/** Keys of the shell, and how its commands are known. */

/** What ids of the shell's commands begin with. */
export const SHELL = "shell-";

/** The keys that open the command palette, as the keyboard at hand names them. */
export const paletteKeys = (): string => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K");
