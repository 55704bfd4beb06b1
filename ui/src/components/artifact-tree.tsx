/** Files and folders as a tree, of which only the rows in sight are made. */

// biome-ignore-all lint/a11y/useFocusableInteractive: the tree has the focus, and says which row is active
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the tree has the keys

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useText } from "../i18n";
import type { Entry, TreeRow } from "../lib/artifact-tree";
import { formatBytes } from "../lib/format";
import { type PreviewKind, previewKind } from "../lib/preview-kind";
import classes from "./artifacts.module.css";
import { Icon, type IconName } from "./icons";
import { errorText } from "./states";

const ROW_HEIGHT = 28;
const PAGE_ROWS = 15;
const TYPING_MS = 800;

export interface ArtifactTreeProps {
  rows: readonly TreeRow[];
  /** The path that is shown beside the tree. */
  path: string;
  label: string;
  onChoose: (entry: Entry) => void;
  onToggle: (entry: Entry) => void;
}

export function ArtifactTree({ rows, path, label, onChoose, onToggle }: ArtifactTreeProps) {
  const t = useText();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });
  const [active, setActive] = useState(path);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const chosen = rows.findIndex((row) => row.id === path);
  useEffect(() => setActive(path), [path]);
  const shown = useRef("");
  useEffect(() => {
    // Once for each path, when its row is there: what happens to the tree later must not move it.
    if (chosen < 0 || shown.current === path) return;
    shown.current = path;
    virtualizer.scrollToIndex(chosen);
  }, [chosen, path, virtualizer]);
  const at = rows.findIndex((row) => row.id === active);
  const now = at < 0 ? Math.max(0, chosen) : at;
  const go = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[next];
    if (!row) return;
    setActive(row.id);
    virtualizer.scrollToIndex(next);
  };
  const choose = (row: TreeRow | undefined) => {
    if (row?.kind !== "entry") return;
    setActive(row.id);
    onChoose(row.entry);
  };
  const right = (row: TreeRow | undefined) => {
    if (row?.kind !== "entry" || !row.entry.isDir) return;
    if (row.open) go(now + 1);
    else onToggle(row.entry);
  };
  const left = (row: TreeRow | undefined) => {
    if (!row) return;
    if (row.kind === "entry" && row.open) onToggle(row.entry);
    else {
      const parent = rows.findLastIndex((other, i) => i < now && other.level < row.level);
      if (parent >= 0) go(parent);
    }
  };
  const type = (char: string, time: number) => {
    const goesOn = time - typed.current.at < TYPING_MS;
    const text = (goesOn ? typed.current.text : "") + char.toLowerCase();
    typed.current = { text, at: time };
    const name = (i: number) => {
      const row = rows[i % rows.length];
      return row?.kind === "entry" ? row.entry.name.toLowerCase() : "";
    };
    // A second letter is looked for from where the first was found.
    for (let i = now + (text.length > 1 ? 0 : 1); i < now + 1 + rows.length; i++) {
      if (name(i).startsWith(text)) return go(i % rows.length);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || rows.length === 0) return;
    const row = rows[now];
    const moves = new Map<string, () => void>([
      ["ArrowDown", () => go(now + 1)],
      ["ArrowUp", () => go(now - 1)],
      ["PageDown", () => go(now + PAGE_ROWS)],
      ["PageUp", () => go(now - PAGE_ROWS)],
      ["Home", () => go(0)],
      ["End", () => go(rows.length - 1)],
      ["ArrowRight", () => right(row)],
      ["ArrowLeft", () => left(row)],
      ["Enter", () => choose(row)],
      [" ", () => choose(row)],
    ]);
    const move = moves.get(event.key);
    if (move) move();
    else if (event.key.length === 1 && event.key !== "?") type(event.key, event.timeStamp);
    else return;
    event.preventDefault();
    // The page has keys of one letter, too.
    event.stopPropagation();
  };
  return (
    <div
      ref={scroller}
      className={classes.tree}
      role="tree"
      aria-label={label}
      tabIndex={0}
      onKeyDown={onKeyDown}
      {...(items.some((item) => item.index === now) && { "aria-activedescendant": `${id}-${now}` })}
    >
      <div className={classes.rows} role="presentation" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const place = {
            id: `${id}-${item.index}`,
            className: classes.row,
            "data-active": item.index === now || undefined,
            style: { transform: `translateY(${item.start}px)`, paddingLeft: `${0.25 + (row.level - 1) * 1.1}rem` },
          };
          if (row.kind !== "entry")
            return (
              <div key={row.id} role="treeitem" aria-level={row.level} aria-selected={false} {...place}>
                <span className={classes.twist} />
                <span className={classes.note}>
                  {row.kind === "loading" && `${t.common.loading}…`}
                  {row.kind === "empty" && t.artifacts.emptyFolder}
                  {row.kind === "error" && errorText(row.error, t)}
                </span>
              </div>
            );
          const { entry } = row;
          const missing = entry.paths.filter((one) => one === null).length;
          return (
            <div
              key={row.id}
              role="treeitem"
              aria-level={row.level}
              aria-posinset={row.position}
              aria-setsize={row.siblings}
              aria-selected={row.id === path}
              {...(entry.isDir && { "aria-expanded": row.open })}
              {...place}
              onClick={() => choose(row)}
            >
              {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys do the same */}
              <span
                className={classes.twist}
                data-open={row.open || undefined}
                onClick={(event) => {
                  if (!entry.isDir) return;
                  event.stopPropagation();
                  setActive(row.id);
                  onToggle(entry);
                }}
              >
                {entry.isDir && <Icon name="right" size={11} />}
              </span>
              <span className={classes.icon}>
                <Icon name={entryIcon(entry)} size={15} />
              </span>
              <span className={classes.name} title={entry.name}>
                {entry.name}
              </span>
              {entry.paths.length > 1 && missing > 0 && (
                <span className={classes.size}>
                  {t.artifacts.inRuns(entry.paths.length - missing, entry.paths.length)}
                </span>
              )}
              {entry.paths.length === 1 && entry.size !== null && (
                <span className={classes.size}>{formatBytes(entry.size)}</span>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const ICONS: Partial<Record<PreviewKind, IconName>> = {
  image: "image",
  table: "table",
  parquet: "table",
};

export function entryIcon(entry: Pick<Entry, "isDir" | "path">): IconName {
  return entry.isDir ? "folder" : (ICONS[previewKind(entry.path)] ?? "file");
}
