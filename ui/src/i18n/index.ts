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

/** The texts of that language. */
export function useText(): Catalogue {
  return CATALOGUES[useLanguage()];
}
