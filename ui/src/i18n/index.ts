import { useSyncExternalStore } from "react";
import { preferences } from "../state/preferences";
import type { Catalogue } from "./en";
import { en } from "./en";
import { ja } from "./ja";

export type Language = "en" | "ja";

const CATALOGUES: Record<Language, Catalogue> = { en, ja };

/** The language in which texts are shown now. */
export function useLanguage(): Language {
  return useSyncExternalStore(preferences.subscribe, () => preferences.language);
}

/** The texts of a language. */
export function textIn(language: Language): Catalogue {
  return CATALOGUES[language];
}

/** The texts of the language in which texts are shown now. */
export function useText(): Catalogue {
  return textIn(useLanguage());
}
