/** A table of things by key, with a search where there are many and rows made in sight where there are very many. */

import { Text, TextInput } from "@mantine/core";
import { type ReactNode, useDeferredValue, useMemo, useRef, useState } from "react";
import { useText } from "../../i18n";
import { Icon } from "../icons";
import { useVirtualRows } from "../virtual-rows";
import classes from "./details.module.css";
import { Section } from "./section";

const ROW_PX = 30;
// Fewer are seen at a glance.
const SEARCH_ROWS = 8;

export interface KeyTableProps<T extends { key: string }> {
  title: string;
  items: readonly T[];
  /** What is different for each, where several have one key. */
  id?: (item: T) => string;
  searchLabel: string;
  /** What is said when there is nothing. */
  empty: string;
  actions?: ReactNode;
  head: ReactNode;
  columns: number;
  /** What else than the key is searched. */
  text?: (item: T) => string;
  /** The cells of a row. */
  row: (item: T) => ReactNode;
  className?: string;
}

const keyOf = (item: { key: string }) => item.key;

export function KeyTable<T extends { key: string }>(props: KeyTableProps<T>) {
  const { title, items, id = keyOf, searchLabel, empty, actions, head, columns, text, row, className } = props;
  const t = useText();
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed.trim().toLowerCase());
  const found = useMemo(
    () =>
      wanted ? items.filter((item) => `${item.key}\n${text?.(item) ?? ""}`.toLowerCase().includes(wanted)) : items,
    [items, wanted, text],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(found.length, scroller, ROW_PX);
  return (
    <Section
      title={title}
      actions={
        <>
          {items.length > 0 && (
            <Text size="xs" c="dimmed" aria-live="polite">
              {wanted ? t.run.shownOf(found.length, items.length) : items.length.toLocaleString("en")}
            </Text>
          )}
          <span className={classes.grow} />
          {items.length > SEARCH_ROWS && (
            <TextInput
              type="search"
              size="xs"
              className={classes.search}
              aria-label={searchLabel}
              placeholder={searchLabel}
              leftSection={<Icon name="search" size={14} />}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
          {items.length > 0 && actions}
        </>
      }
    >
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <div className={classes.scroller} ref={scroller} tabIndex={0}>
          <table className={`${classes.table} ${className ?? ""}`}>
            <thead>{head}</thead>
            <tbody>
              {rows.before > 0 && <tr aria-hidden style={{ height: rows.before }} />}
              {rows.indices.map((index) => {
                const item = found[index];
                return (
                  item && (
                    <tr key={id(item)} data-index={index} ref={rows.measure}>
                      {row(item)}
                    </tr>
                  )
                );
              })}
              {rows.after > 0 && <tr aria-hidden style={{ height: rows.after }} />}
              {found.length === 0 && (
                <tr>
                  <td colSpan={columns}>{t.run.noMatch}</td>
                </tr>
              )}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
