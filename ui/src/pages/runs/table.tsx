/** The table of runs: only the rows and columns in sight are drawn, so that 100,000 runs scroll. */

import { useViewportSize } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ColumnsAnswer } from "../../api/types";
import { Edges } from "../../components/edges";
import { RowsSkeleton } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { columnName, doubledKeys, metricFirst, parseSort } from "../../lib/columns";
import { toggled, visibleIds } from "../../lib/visible";
import { useNarrow } from "../../state/narrow";
import type { ListedRun, RunList } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import { type ColumnLook, lookOf, sameLook, widthOf } from "./cell";
import { infoOf } from "./columns";
import { GroupRow } from "./group-row";
import { HeadCell } from "./head-cell";
import { type TableRow, tableRows } from "./rows";
import { RunRow } from "./run-row";
import classes from "./runs.module.css";

const ROW = 30;
const NAME_WIDTH = 300;
/** Of a narrow screen, so that a number has room beside the name. */
const NAME_PART = 0.54;
const PEEK = 24;
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

export function RunTable({ list, columns: given, inventory, selected, onSelect }: RunTableProps) {
  const t = useText();
  const language = useLanguage();
  const navigate = useNavigate();
  const [search, change] = useRunsSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(-1);
  const anchor = useRef<string | null>(null);
  const { runs, group, total, hasMore, loadingMore, loadMore } = list;

  const rows = useMemo(() => tableRows(runs, search, group, closed), [runs, search, group, closed]);
  const grouped = group !== undefined;
  // Runs that are not loaded yet have rows too, so that the scroll bar says how many there are.
  const rowCount = grouped ? rows.length : Math.max(rows.length, total);
  const ids = useMemo(() => runs.map((run) => run.id), [runs]);
  const shown = useMemo(() => visibleIds(ids, search), [ids, search]);
  const baseline = useMemo(() => runs.find((run) => run.id === search.base), [runs, search.base]);
  const sort = useMemo(() => parseSort(search.sort), [search.sort]);
  const narrow = useNarrow();
  const viewport = useViewportSize().width || window.innerWidth;
  const nameWidth = narrow ? Math.round(viewport * NAME_PART) : NAME_WIDTH;
  const columns = useMemo(() => (narrow ? metricFirst(given, sort) : given), [given, narrow, sort]);
  const looks = useLooks(runs, columns, inventory);
  const doubled = useMemo(
    () => doubledKeys(search.group ? [...columns, search.group] : columns),
    [columns, search.group],
  );

  const withChange = search.base !== undefined;
  // Functions that stay the same keep the items the same, and rows that are there are not drawn again.
  // On a narrow screen one column is whole beside the name, and the next is seen to be there.
  const room = narrow ? viewport - nameWidth - PEEK : Number.POSITIVE_INFINITY;
  const widthText = columns
    .map((one) => widthOf(one, columnName(one, t.runs, doubled), infoOf(inventory, one), withChange))
    .map((one) => Math.min(one, room))
    .join(" ");
  const widths = useMemo(() => widthText.split(" ").map(Number), [widthText]);
  const estimateWidth = useCallback((i: number) => widths[i] ?? 0, [widths]);
  const columnKey = useCallback((i: number) => `${widths[i]} ${columns[i]}`, [columns, widths]);
  // Before the other: reading the place after the rows were drawn would make the browser lay them out at once.
  const horizontal = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: estimateWidth,
    getItemKey: columnKey,
    overscan: 3,
    paddingStart: nameWidth,
    scrollPaddingStart: nameWidth,
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
    <Edges axis="x" className={classes.table}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves */}
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
            <div className={classes.nameHead} role="columnheader" aria-colindex={1} style={{ width: nameWidth }}>
              <input
                type="checkbox"
                className={classes.check}
                aria-label={t.runs.selectAll}
                checked={loadedSelected > 0 && loadedSelected === ids.length}
                ref={(box) => {
                  if (box) box.indeterminate = loadedSelected > 0 && loadedSelected < ids.length;
                }}
                onChange={() => onSelect(loadedSelected === ids.length ? new Set() : new Set(ids))}
              />
              <HeadCell column="attributes.run_name" columns={given} sort={sort} change={change} />
            </div>
            {columnItems.map((item) => {
              const column = columns[item.index] ?? "";
              return (
                <HeadCell
                  key={item.key}
                  column={column}
                  columns={given}
                  sort={sort}
                  change={change}
                  doubled={doubled}
                  numeric={looks.get(column)?.numeric ?? false}
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
                  looks={looks}
                  items={columnItems}
                  open={!closed.has(row.id)}
                  onToggle={() => toggleGroup(row.id)}
                  nameWidth={nameWidth}
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
                nameWidth={nameWidth}
                columns={columns}
                items={columnItems}
                looks={looks}
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
    </Edges>
  );
}

type Looks = ReadonlyMap<string, ColumnLook>;

/** How each column is shown; the same answer while nothing of it changes. */
function useLooks(runs: readonly ListedRun[], columns: readonly string[], inventory: ColumnsAnswer | undefined): Looks {
  const before = useRef<Looks>(new Map());
  return useMemo(() => {
    const looks: Looks = new Map(columns.map((column) => [column, lookOf(runs, column, infoOf(inventory, column))]));
    const same =
      looks.size === before.current.size &&
      [...looks].every(([column, look]) => sameLook(look, before.current.get(column)));
    if (!same) before.current = looks;
    return before.current;
  }, [runs, columns, inventory]);
}
