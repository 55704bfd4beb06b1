/** The table of runs: only the rows and columns in sight are drawn, so that 100,000 runs scroll. */

import { Checkbox } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ColumnsAnswer } from "../../api/types";
import { RowsSkeleton } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { parseSort } from "../../lib/columns";
import { toggled, visibleIds } from "../../lib/visible";
import type { ListedRun, RunList } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import { numberRange, widthOf } from "./cell";
import { GroupRow } from "./group-row";
import { HeadCell } from "./head-cell";
import { type TableRow, tableRows } from "./rows";
import { RunRow } from "./run-row";
import classes from "./runs.module.css";

const ROW = 30;
const NAME_WIDTH = 300;
const rowHeight = () => ROW;
/** Groups are made of so many runs at most. */
const GROUPED = 5_000;

export interface RunTableProps {
  list: RunList;
  columns: readonly string[];
  inventory: ColumnsAnswer | undefined;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}

export function RunTable({ list, columns, selected, onSelect }: RunTableProps) {
  const t = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const [search, change] = useRunsSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(-1);
  const anchor = useRef<string | null>(null);
  const { runs, total, hasMore, loadingMore, loadMore } = list;

  const rows = useMemo(() => tableRows(runs, search, closed), [runs, search, closed]);
  const grouped = search.group !== undefined;
  // Runs that are not loaded yet have rows too, so that the scroll bar says how many there are.
  const rowCount = grouped ? rows.length : Math.max(rows.length, total);
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const shown = useMemo(() => visibleIds(ids, search), [ids, search]);
  const baseline = useMemo(() => runs.find((run) => run.id === search.base), [runs, search.base]);
  const ranges = useRanges(runs, columns);
  const sort = useMemo(() => parseSort(search.sort), [search.sort]);

  const withChange = search.base !== undefined;
  // Functions that stay the same keep the items the same, and rows that are there are not drawn again.
  const estimateWidth = useCallback((i: number) => widthOf(columns[i] ?? "", withChange), [columns, withChange]);
  const columnKey = useCallback((i: number) => `${withChange} ${columns[i]}`, [columns, withChange]);
  // Before the other: reading the place after the rows were drawn would make the browser lay them out at once.
  const horizontal = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: estimateWidth,
    getItemKey: columnKey,
    overscan: 3,
    paddingStart: NAME_WIDTH,
    scrollPaddingStart: NAME_WIDTH,
  });
  const vertical = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: rowHeight,
    overscan: 8,
    paddingStart: ROW + 4,
    scrollPaddingStart: ROW + 4,
  });
  const rowItems = vertical.getVirtualItems();
  const columnItems = horizontal.getVirtualItems();
  const last = rowItems.at(-1)?.index ?? 0;
  useEffect(() => {
    const wanted = grouped ? runs.length < GROUPED : last >= rows.length - 50;
    if (hasMore && !loadingMore && wanted) loadMore();
  }, [last, rows.length, runs.length, grouped, hasMore, loadingMore, loadMore]);

  // The same functions from draw to draw, so that rows are not drawn again for them.
  const latest = useRef({ ids, selected, search, onSelect, change });
  latest.current = { ids, selected, search, onSelect, change };
  const select = useCallback((id: string, range: boolean) => {
    const { ids, selected, onSelect } = latest.current;
    const next = new Set(selected);
    const from = anchor.current ? ids.indexOf(anchor.current) : -1;
    const to = ids.indexOf(id);
    if (range && from >= 0) {
      for (const one of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(one);
    } else if (!next.delete(id)) next.add(id);
    anchor.current = id;
    onSelect(next);
  }, []);
  const toggle = useCallback((id: string) => {
    const { ids, search, change } = latest.current;
    change(toggled(ids, search, id), { replace: true });
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "text") return;
    const move = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9 }[event.key];
    const row: TableRow | undefined = rows[cursor];
    if (move !== undefined && event.target === event.currentTarget) {
      event.preventDefault();
      const next = Math.min(Math.max(cursor + move, 0), rowCount - 1);
      setCursor(next);
      vertical.scrollToIndex(next);
    } else if (event.key === "Enter" && row && event.target === event.currentTarget) {
      if (row.kind === "run") void navigate({ to: "/runs/$runId", params: { runId: row.run.id }, search: {} });
      else toggleGroup(row.id);
    } else if (
      (event.key === "x" || event.key === " ") &&
      row?.kind === "run" &&
      event.target === event.currentTarget
    ) {
      event.preventDefault();
      select(row.run.id, event.shiftKey);
    }
  };
  const toggleGroup = (id: string) => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };

  if (list.loading) return <RowsSkeleton rows={14} />;
  const width = horizontal.getTotalSize();
  const loadedSelected = ids.filter((id) => selected.has(id)).length;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves
    <div
      ref={scroller}
      className={classes.scroller}
      role="grid"
      aria-label={t.runs.title}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length + 1}
      aria-busy={list.stale}
      aria-activedescendant={cursor >= 0 ? `run-row-${cursor}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      data-stale={list.stale || undefined}
    >
      <div style={{ height: vertical.getTotalSize(), width, position: "relative", minWidth: "100%" }}>
        {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus */}
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div className={classes.head} role="row" aria-rowindex={1} style={{ width, minWidth: "100%" }}>
          {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus */}
          {/* biome-ignore lint/a11y/useSemanticElements: see above */}
          <div className={classes.nameHead} role="columnheader" aria-colindex={1} style={{ width: NAME_WIDTH }}>
            <Checkbox
              size="xs"
              aria-label={t.runs.selectAll}
              checked={loadedSelected > 0 && loadedSelected === ids.length}
              indeterminate={loadedSelected > 0 && loadedSelected < ids.length}
              onChange={() => onSelect(loadedSelected === ids.length ? new Set() : new Set(ids))}
            />
            <HeadCell column="attributes.run_name" columns={columns} sort={sort} change={change} />
          </div>
          {columnItems.map((item) => {
            const column = columns[item.index] ?? "";
            return (
              <HeadCell
                key={item.key}
                column={column}
                columns={columns}
                sort={sort}
                change={change}
                index={item.index}
                left={item.start}
                width={item.size}
              />
            );
          })}
        </div>
        {rowItems.map((item) => {
          const row = rows[item.index];
          const style = { top: item.start, height: ROW, width, minWidth: "100%" };
          if (!row)
            return (
              // biome-ignore lint/a11y/useSemanticElements: see above
              <div
                key={item.key}
                className={classes.row}
                style={style}
                role="row"
                aria-rowindex={item.index + 2}
                tabIndex={-1}
              >
                {/* biome-ignore lint/a11y/useSemanticElements: see above */}
                <div className={classes.ghost} role="gridcell" tabIndex={-1} />
              </div>
            );
          const marks = {
            id: `run-row-${item.index}`,
            "aria-rowindex": item.index + 2,
            "data-cursor": item.index === cursor || undefined,
          };
          if (row.kind === "group")
            return (
              <GroupRow
                key={row.id}
                row={row}
                style={style}
                marks={marks}
                columns={columns}
                items={columnItems}
                open={!closed.has(row.id)}
                onToggle={() => toggleGroup(row.id)}
                nameWidth={NAME_WIDTH}
              />
            );
          return (
            <RunRow
              key={row.run.id}
              run={row.run}
              index={item.index}
              top={item.start}
              height={ROW}
              width={width}
              nameWidth={NAME_WIDTH}
              columns={columns}
              items={columnItems}
              ranges={ranges}
              baseline={baseline}
              language={language}
              cursor={item.index === cursor}
              indent={grouped}
              pinned={row.pinned}
              shown={shown.has(row.run.id)}
              selected={selected.has(row.run.id)}
              onToggle={toggle}
              onSelect={select}
            />
          );
        })}
      </div>
    </div>
  );
}

type Ranges = ReadonlyMap<string, [number, number] | null>;

/** Where the numbers of each column lie; the same answer while nothing of it changes. */
function useRanges(runs: readonly ListedRun[], columns: readonly string[]): Ranges {
  const before = useRef<Ranges>(new Map());
  return useMemo(() => {
    const ranges: Ranges = new Map(columns.map((column) => [column, numberRange(runs, column)]));
    const same =
      ranges.size === before.current.size &&
      [...ranges].every(([column, range]) => String(range) === String(before.current.get(column)));
    if (!same) before.current = ranges;
    return before.current;
  }, [runs, columns]);
}
