/** What can be done on the page that is shown: the command palette lists it, and keys do it. */

import { useEffect, useRef, useSyncExternalStore } from "react";

export interface Command {
  id: string;
  label: string;
  /** One key, such as `/` or `g e` for two in a row; shown in the list of keys. */
  keys?: string;
  /** Does something with what has the focus: it is for keys alone, since the palette takes the focus. */
  onFocused?: boolean;
  run: () => void;
}

class Commands {
  #sets: readonly (readonly Command[])[] = [];
  #all: readonly Command[] = [];
  readonly #listeners = new Set<() => void>();

  get all(): readonly Command[] {
    return this.#all;
  }

  add(set: readonly Command[]): () => void {
    this.#change([...this.#sets, set]);
    return () => this.#change(this.#sets.filter((one) => one !== set));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #change(sets: readonly (readonly Command[])[]): void {
    this.#sets = sets;
    this.#all = sets.flat();
    for (const listener of this.#listeners) listener();
  }
}

const commands = new Commands();

/** Offers commands while the calling component is on screen; their `run` may change from render to render. */
export function useCommands(given: readonly Command[]): void {
  const latest = useRef(given);
  latest.current = given;
  const shape = given.map(({ id, label, keys }) => `${id}\n${label}\n${keys ?? ""}`).join("\n\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is listed changes with the shape alone
  useEffect(
    () =>
      commands.add(
        latest.current.map((command) => ({
          ...command,
          run: () => latest.current.find((one) => one.id === command.id)?.run(),
        })),
      ),
    [shape],
  );
}

export function useAllCommands(): readonly Command[] {
  return useSyncExternalStore(commands.subscribe, () => commands.all);
}

/** Whether keys belong to what has the focus: a text, or a menu or list that is open. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !/^(checkbox|radio|button|submit|range|color|file)$/.test(target.type);
  return (
    target.isContentEditable ||
    /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest("[role=menu], [role=listbox], [role=dialog]") !== null
  );
}

/** Lets keys run commands, for the whole page. `onPalette` is for Ctrl-K or Cmd-K. */
export function useKeys(onPalette: () => void): void {
  const palette = useRef(onPalette);
  palette.current = onPalette;
  useEffect(() => {
    let before = "";
    let at = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        palette.current();
        return;
      }
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.defaultPrevented ||
        event.isComposing ||
        isTyping(event.target) ||
        document.querySelector("[aria-modal=true]")
      )
        return;
      const pair = event.timeStamp - at < 1_000 ? `${before} ${event.key}` : event.key;
      const command =
        commands.all.find((one) => one.keys === pair) ?? commands.all.find((one) => one.keys === event.key);
      before = event.key;
      at = event.timeStamp;
      if (command) {
        event.preventDefault();
        before = "";
        command.run();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
