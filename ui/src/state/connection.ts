/** Whether the server answers: what is on screen stays there while it does not. */

import { useSyncExternalStore } from "react";

type Listener = () => void;

class Connection {
  #up = true;
  readonly #listeners = new Set<Listener>();

  get up(): boolean {
    return this.#up;
  }

  lost(): void {
    this.#change(false);
  }

  found(): void {
    this.#change(true);
  }

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #change(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    for (const listener of this.#listeners) listener();
  }
}

export const connection = new Connection();

/** Whether the last request was answered. */
export function useConnected(): boolean {
  return useSyncExternalStore(connection.subscribe, () => connection.up);
}
