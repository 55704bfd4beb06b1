/** JSON as a tree that is folded and unfolded. */
// biome-ignore-all lint/a11y/useFocusableInteractive: what is around them has the focus, and says which is active
// biome-ignore-all lint/a11y/useKeyWithClickEvents: what is around them has the keys

import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useRef, useState } from "react";
import { useText } from "../../i18n";
import { type Json, type JsonRow, jsonRows, jsonText, opensByItself, sizeOf } from "../../lib/json-tree";
import { Icon } from "../icons";
import { Grow } from "./parts";
import classes from "./previews.module.css";

const ROW_HEIGHT = 22;
const PAGE_ROWS = 20;
/** Unfolding all of a larger tree would take long and show nothing that could be read. */
const MAX_UNFOLDED = 100_000;

export function JsonTree({ value, label, children }: { value: Json; label: string; children?: ReactNode }) {
  const t = useText();
  const id = useId();
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState("");
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => jsonRows(value, changed), [value, changed]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
  });
  const items = virtualizer.getVirtualItems();
  const at = Math.max(
    0,
    rows.findIndex((row) => row.id === active),
  );
  const toggle = (row: JsonRow) => {
    if (!row.size) return;
    const next = new Set(changed);
    if (!next.delete(row.id)) next.add(row.id);
    setChanged(next);
  };
  const go = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    setActive(row.id);
    virtualizer.scrollToIndex(rows.indexOf(row));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = new Map<string, () => void>([
      ["ArrowDown", () => go(at + 1)],
      ["ArrowUp", () => go(at - 1)],
      ["PageDown", () => go(at + PAGE_ROWS)],
      ["PageUp", () => go(at - PAGE_ROWS)],
      ["Home", () => go(0)],
      ["End", () => go(rows.length - 1)],
      ["ArrowRight", () => (row.open ? go(at + 1) : toggle(row))],
      [
        "ArrowLeft",
        () => (row.open ? toggle(row) : go(rows.findLastIndex((other, i) => i < at && other.level < row.level))),
      ],
      ["Enter", () => toggle(row)],
      [" ", () => toggle(row)],
    ]);
    const move = moves.get(event.key);
    if (!move) return;
    event.preventDefault();
    move();
  };
  return (
    <>
      <div className={classes.bar}>
        {children}
        <Grow />
        <Button variant="subtle" size="compact-xs" onClick={() => setChanged(allOpen(value))}>
          {t.artifacts.expandAll}
        </Button>
        <Button variant="subtle" size="compact-xs" onClick={() => setChanged(new Set([""]))}>
          {t.artifacts.collapseAll}
        </Button>
      </div>
      <div
        ref={scroller}
        className={classes.json}
        role="tree"
        aria-label={label}
        tabIndex={0}
        {...(items.some((item) => item.index === at) && { "aria-activedescendant": `${id}-${at}` })}
        onKeyDown={onKeyDown}
      >
        <div className={classes.lines} role="presentation" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={row.id}
                id={`${id}-${item.index}`}
                role="treeitem"
                aria-level={row.level + 1}
                aria-setsize={row.siblings}
                aria-posinset={row.position}
                aria-selected={item.index === at}
                {...(row.size ? { "aria-expanded": row.open } : {})}
                className={`${classes.node} ${item.index === at ? classes.active : ""}`}
                style={{ transform: `translateY(${item.start}px)`, paddingLeft: `${0.75 + row.level * 1.1}rem` }}
                onClick={() => {
                  setActive(row.id);
                  toggle(row);
                }}
              >
                <span className={classes.twist} data-open={row.open || undefined}>
                  {row.size ? <Icon name="right" size={11} /> : null}
                </span>
                {row.key !== null && (
                  <span className={classes.property}>
                    {typeof row.key === "number" ? row.key : JSON.stringify(row.key)}
                    {":"}
                  </span>
                )}
                <ValueText row={row} />
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

function ValueText({ row }: { row: JsonRow }) {
  const t = useText();
  const { value, size, open } = row;
  if (size !== null) {
    const marks = Array.isArray(value) ? (size ? "[…]" : "[]") : size ? "{…}" : "{}";
    return (
      <>
        {!open && <span>{marks}</span>}
        {size > 0 && <span className={classes.info}>{t.artifacts.values(size)}</span>}
      </>
    );
  }
  const kind = typeof value === "string" ? classes.string : value === null ? classes.keyword : classes.numeral;
  return <span className={kind}>{jsonText(value)}</span>;
}

/** The rows that are not open by themselves, until there are very many. */
function allOpen(root: Json): ReadonlySet<string> {
  const changed = new Set<string>();
  let count = 0;
  const walk = (value: Json, id: string, level: number) => {
    const size = sizeOf(value);
    if (!size || level > 500) return;
    count += size;
    if (count > MAX_UNFOLDED) return;
    if (!opensByItself(level, size)) changed.add(id);
    const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value as { [key: string]: Json });
    for (const [key, one] of entries) walk(one, `${id}/${JSON.stringify(key)}`, level + 1);
  };
  walk(root, "", 0);
  return changed;
}
