/** The texts of the pages. A browser loads those of its reader's language, and the others when there is time. */

import { useSyncExternalStore } from "react";
import { preferences } from "../state/preferences";
import type { Catalogue } from "./en";

export type Language = "en" | "ja";

const LOADERS: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import("./en")).en,
  ja: async () => (await import("./ja")).ja,
};

const loaded = new Map<Language, Catalogue>();
const listeners = new Set<() => void>();
let shown: Language = "en";

async function load(language: Language): Promise<void> {
  if (!loaded.has(language)) loaded.set(language, await LOADERS[language]());
}

/** Loads all languages: one that is chosen while the server is away is there. */
export const loadLanguages = (): Promise<unknown> => Promise.allSettled((Object.keys(LOADERS) as Language[]).map(load));

/** Shows texts in the language that the reader prefers, once they are loaded; before that, nothing can be shown. */
export async function showLanguage(): Promise<void> {
  const wanted = preferences.language;
  await load(wanted);
  // Somebody may have chosen another one meanwhile.
  if (wanted !== preferences.language) return;
  shown = wanted;
  // For line breaks, fonts and screen readers.
  document.documentElement.lang = shown;
  for (const listener of listeners) listener();
}

// Where texts cannot be loaded, those that are there stay, and the next choice asks again.
preferences.subscribe(() => void showLanguage().catch(() => {}));

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The language in which texts are shown now. */
export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => shown);
}

/** The texts of a language that is loaded. */
export function textIn(language: Language): Catalogue {
  const found = loaded.get(language);
  if (!found) throw new Error(`The texts of “${language}” are not loaded: showLanguage comes first.`);
  return found;
}

/** The texts of the language in which texts are shown now. */
export function useText(): Catalogue {
  return textIn(useLanguage());
}
