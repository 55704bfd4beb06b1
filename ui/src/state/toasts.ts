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
  readonly #listeners = new Set<() => void>();

  get items(): readonly Toast[] {
    return this.#items;
  }

  show(toast: Omit<Toast, "id" | "kind"> & { kind?: Toast["kind"] }): void {
    const whole: Toast = { kind: "info", ...toast, id: this.#next++ };
    this.#set([...this.#items.slice(-3), whole]);
    setTimeout(() => this.close(whole.id), SECONDS[whole.action ? "action" : whole.kind] * 1000);
  }

  close(id: number): void {
    this.#set(this.#items.filter((one) => one.id !== id));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(items: readonly Toast[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

export const toasts = new Toasts();

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(toasts.subscribe, () => toasts.items);
}
