/** Where the pointer is among the panels: one of them is told, all follow. */

import type { Near } from "../../lib/panels/nearest";

export interface Hovered {
  /** The panel that the pointer is in. */
  panel: string;
  /** The x of the pointer. */
  x: number;
  /** The pointer on the page, in pixels. */
  left: number;
  top: number;
  /** The curves at this x, the nearest to the pointer first. */
  near: readonly Near[];
  /** The curve that stands out: the nearest, when it is near. */
  curve: string | null;
}

export class Hover {
  #now: Hovered | null = null;
  #pinned: string | null = null;
  readonly #listeners = new Set<() => void>();

  get now(): Hovered | null {
    return this.#now;
  }

  /** The curve that stands out: the one at the pointer, or in a list of names. */
  get curve(): string | null {
    return this.#now?.curve ?? this.#pinned;
  }

  move(now: Hovered | null): void {
    if (now === this.#now) return;
    this.#now = now;
    this.#tell();
  }

  /** Lets a curve stand out without a pointer in a panel. */
  pin(curve: string | null): void {
    if (curve === this.#pinned) return;
    this.#pinned = curve;
    this.#tell();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
