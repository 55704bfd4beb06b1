/** What a person chooses for this browser, wherever it is chosen: the language and the theme. */

import { useMantineColorScheme } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useText } from "../i18n";
import { type LanguageChoice, preferences } from "../state/preferences";

export interface Choice {
  id: string;
  label: string;
  value: string;
  options: { value: string; label: string; lang?: string }[];
  choose: (value: string) => void;
}

export function useLanguageChoice(): Choice {
  const t = useText();
  return {
    id: "language",
    label: t.common.language,
    value: useSyncExternalStore(preferences.subscribe, () => preferences.choice),
    options: [
      { value: "auto", label: t.common.auto },
      { value: "en", label: "English", lang: "en" },
      { value: "ja", label: "日本語", lang: "ja" },
    ],
    choose: (value) => preferences.choose(value as LanguageChoice),
  };
}

export function useThemeChoice(): Choice {
  const t = useText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return {
    id: "theme",
    label: t.common.theme,
    value: colorScheme,
    options: [
      { value: "auto", label: t.common.auto },
      { value: "light", label: t.common.light },
      { value: "dark", label: t.common.dark },
    ],
    choose: (value) => setColorScheme(value as typeof colorScheme),
  };
}
