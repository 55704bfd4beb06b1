/** Short messages that go by themselves; one may offer to undo what it tells of. */

import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  text: string;
  kind: "info" | "error";
  action?: { label: string; run: () => void };
}

const SECONDS = { info: 6, error: 12, action: 15 };

class Toasts {
  #items: readonly Toast[] = [];
  #next = 1;
  #held = false;
  readonly #listeners = new Set<() => void>();

  get items(): readonly Toast[] {
    return this.#items;
  }

  show(toast: Omit<Toast, "id" | "kind"> & { kind?: Toast["kind"] }): void {
    const whole: Toast = { kind: "info", ...toast, id: this.#next++ };
    this.#set([...this.#items.slice(-3), whole]);
    this.#closeLater(whole.id, SECONDS[whole.action ? "action" : whole.kind]);
  }

  /** Lets none go by itself until `release`. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
  }

  /** Does what the latest message offers, if any does. */
  undo(): void {
    const latest = this.#items.findLast((one) => one.action);
    if (!latest) return;
    this.close(latest.id);
    latest.action?.run();
  }

  close(id: number): void {
    const rest = this.#items.filter((one) => one.id !== id);
    if (rest.length === this.#items.length) return;
    // What was under the pointer and is gone tells nobody that the pointer left.
    if (rest.length === 0) this.#held = false;
    this.#set(rest);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #closeLater(id: number, seconds: number): void {
    setTimeout(() => (this.#held ? this.#closeLater(id, 2) : this.close(id)), seconds * 1000);
  }

  #set(items: readonly Toast[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

export const toasts = new Toasts();

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(toasts.subscribe, () => toasts.items);
}
