/** The list of runs beside the charts: names, colours and eyes, and the number that the list is sorted by. */

import { Menu, Text, UnstyledButton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import type { ChartGroup } from "../../charts/panels/panels";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { columnName, parseSort } from "../../lib/columns";
import { formatValue } from "../../lib/format";
import { toggled, visibleIds } from "../../lib/visible";
import { cellOf, type RunList } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import { lookOf } from "./cell";
import { NameCell } from "./name-cell";
import { tableRows } from "./rows";
import classes from "./runs.module.css";

const ROW = 30;
const MOST_SHOWN = 200;
const NONE: ReadonlySet<string> = new Set();

export function RunSidebar({
  list,
  columns,
  groups,
}: {
  list: RunList;
  columns: readonly string[];
  groups: readonly ChartGroup[] | undefined;
}) {
  const t = useText();
  const [search, change] = useRunsSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => tableRows(list.runs, search, list.group, NONE), [list.runs, search, list.group]);
  const ids = useMemo(() => list.runs.map((run) => run.id), [list.runs]);
  const shown = useMemo(() => visibleIds(ids, search), [ids, search]);
  const sort = parseSort(search.sort);
  // The number beside the name: what the list is sorted by, else the first metric of the columns.
  const column =
    sort && !sort.column.startsWith("attributes.") ? sort.column : columns.find((one) => one.startsWith("metrics."));
  const look = useMemo(() => column && lookOf(list.runs, column, undefined), [list.runs, column]);
  const colours = useMemo(
    () => new Map(groups?.flatMap((group) => group.runIds.map((id) => [id, group.colour] as const))),
    [groups],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasMore, loadingMore, loadMore } = list;
  useEffect(() => {
    if (hasMore && !loadingMore && last >= rows.length - 20) loadMore();
  }, [last, rows.length, hasMore, loadingMore, loadMore]);
  const showFirst = (first: number) =>
    change({ first: first === 10 ? undefined : first, on: undefined, off: undefined });
  return (
    <aside className={classes.sidebar} aria-label={t.runs.runList}>
      <div className={classes.sidebarHead}>
        <Menu position="bottom-start">
          <Menu.Target>
            <UnstyledButton
              className={classes.sidebarButton ?? ""}
              aria-label={`${shown.size} / ${list.total} · ${t.runs.showFirst}`}
            >
              <Icon name="eye" size={14} />
              <span>
                {shown.size} / {list.total}
              </span>
            </UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => showFirst(10)}>{t.runs.showTen}</Menu.Item>
            <Menu.Item onClick={() => showFirst(20)}>{t.runs.showTwenty}</Menu.Item>
            <Menu.Item onClick={() => showFirst(50)}>{t.runs.showFifty}</Menu.Item>
            <Menu.Item onClick={() => showFirst(Math.min(ids.length, MOST_SHOWN))}>{t.runs.showLoaded}</Menu.Item>
            <Menu.Item onClick={() => change({ first: 0, on: undefined, off: undefined, pin: undefined })}>
              {t.runs.showNone}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {column && (
          <Text size="xs" c="dimmed" truncate title={columnName(column, t.runs)}>
            {columnName(column, t.runs)}
          </Text>
        )}
      </div>
      <Edges axis="y" className={classes.sidebarBody}>
        {/* biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves */}
        <div
          ref={scroller}
          className={classes.sidebarList}
          role="grid"
          aria-label={t.runs.runList}
          aria-rowcount={rows.length}
          tabIndex={0}
        >
          <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              const common = {
                role: "row",
                tabIndex: -1,
                "aria-rowindex": item.index + 1,
                style: { top: item.start, height: ROW },
              };
              if (row.kind === "group")
                return (
                  <div key={row.id} {...common} className={`${classes.sidebarRow} ${classes.group}`}>
                    {/* biome-ignore lint/a11y/useSemanticElements: see above */}
                    <div className={classes.nameCell} role="gridcell" tabIndex={-1}>
                      <span className="dot" style={{ background: colours.get(row.runs[0]?.id ?? "") }} />
                      <span className="truncate">{row.value === null ? t.runs.without : formatValue(row.value)}</span>
                      <span className={classes.groupCount}>{t.runs.groupOf(row.runs.length)}</span>
                    </div>
                  </div>
                );
              const value = column ? cellOf(row.run, column) : null;
              return (
                <div key={row.run.id} {...common} className={classes.sidebarRow} data-pinned={row.pinned || undefined}>
                  <NameCell
                    run={row.run}
                    width="100%"
                    colour={colours.get(row.run.id) ?? row.run.colour}
                    indent={groups !== undefined}
                    pinned={row.pinned}
                    baseline={row.run.id === search.base}
                    shown={shown.has(row.run.id)}
                    onToggle={(id) => change(toggled(ids, search, id), { replace: true })}
                  />
                  {column && (
                    // biome-ignore lint/a11y/useSemanticElements: see above
                    <span className={classes.sidebarValue} role="gridcell" tabIndex={-1}>
                      {typeof value === "number" && look ? look.format(value) : formatValue(value)}
                    </span>
                  )}
                </div>
              );
            })}
          </div>
        </div>
      </Edges>
    </aside>
  );
}
