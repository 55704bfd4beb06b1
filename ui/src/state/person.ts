/** Who sits before this browser, as they say it themselves: there are no accounts yet. */

import { useSyncExternalStore } from "react";

const KEY = "kiseki-user";
/** The server takes no longer name. */
export const MOST_NAME_CHARS = 256;

/** A lone half of a pair of code units is no character, and cannot be sent. */
const named = (text: string): string => text.slice(0, MOST_NAME_CHARS).replace(/\p{Surrogate}/gu, "");

class Person {
  readonly #listeners = new Set<() => void>();
  #name = read();

  /** "" where nobody said it. */
  get name(): string {
    return this.#name;
  }

  rename(name: string): void {
    this.#name = named(name);
    try {
      localStorage.setItem(KEY, this.#name);
    } catch {
      // A browser that keeps nothing asks again.
    }
    for (const listener of this.#listeners) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

function read(): string {
  try {
    return named(localStorage.getItem(KEY) ?? "");
  } catch {
    return "";
  }
}

export const person = new Person();

export function usePersonName(): string {
  return useSyncExternalStore(person.subscribe, () => person.name);
}
