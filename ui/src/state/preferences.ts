/** What a person chose for this browser: the language. The theme is kept by Mantine in the same way. */

export type LanguageChoice = "auto" | "en" | "ja";

const KEY = "kiseki-language";

class Preferences {
  readonly #listeners = new Set<() => void>();
  #choice: LanguageChoice = read();

  get choice(): LanguageChoice {
    return this.#choice;
  }

  get language(): "en" | "ja" {
    if (this.#choice !== "auto") return this.#choice;
    const first = navigator.languages.find((one) => /^(en|ja)\b/.test(one));
    return first?.startsWith("ja") ? "ja" : "en";
  }

  choose(choice: LanguageChoice): void {
    this.#choice = choice;
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // A browser that keeps nothing forgets the choice.
    }
    for (const listener of this.#listeners) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

function read(): LanguageChoice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "en" || kept === "ja" ? kept : "auto";
  } catch {
    return "auto";
  }
}

export const preferences = new Preferences();
