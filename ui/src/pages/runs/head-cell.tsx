/** The head of a column: a click sorts, its menu does the rest. */

import { Menu, UnstyledButton } from "@mantine/core";
import { memo } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { AGGREGATES, columnId, columnName, parseColumn, type Sort, sortText } from "../../lib/columns";
import type { RunsSearch } from "../../state/runs";
import type { Changer } from "../../state/search";
import { isSortable } from "./columns";
import classes from "./runs.module.css";

export interface HeadCellProps {
  column: string;
  columns: readonly string[];
  sort: Sort | null;
  change: Changer<RunsSearch>;
  /** Keys that columns of several kinds have. */
  doubled?: ReadonlySet<string>;
  /** Whether numbers are below it. */
  numeric?: boolean;
  /** Its place among the columns; absent for the name, which is not one of them. */
  index?: number;
  /** Pixels. */
  left?: number;
  width?: number;
}

export const HeadCell = memo(function HeadCell(props: HeadCellProps) {
  const { column, columns, sort, change, doubled, numeric, index, left, width } = props;
  const t = useText();
  const parsed = parseColumn(column);
  const name = columnName(column, t.runs, doubled);
  const sorted = sort?.column === column ? (sort.descending ? "descending" : "ascending") : "none";
  const sortBy = (descending: boolean) => change({ sort: sortText({ column, descending }) });
  const place = columns.indexOf(column);
  const setColumns = (next: string[]) => change({ cols: next });
  const swap = (other: number) => {
    const next = [...columns];
    const there = next[other];
    if (there === undefined) return;
    next[other] = column;
    next[place] = there;
    setColumns(next);
  };
  const sortable = isSortable(column);
  const content = (
    <>
      <UnstyledButton
        className={classes.headButton ?? ""}
        disabled={!sortable}
        title={parsed && parsed.kind !== "attributes" ? `${t.runs.kinds[parsed.kind]}: ${name}` : name}
        onClick={() => {
          // Metrics are looked at from the best, and a third click goes back to the newest.
          if (sorted === "none") sortBy(parsed?.kind === "metrics");
          else if ((sorted === "descending") === (parsed?.kind === "metrics")) sortBy(sorted === "ascending");
          else change({ sort: undefined });
        }}
      >
        <span className="truncate">{name}</span>
        {sorted !== "none" && <Icon name={sorted === "ascending" ? "up" : "down"} size={11} />}
      </UnstyledButton>
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <UnstyledButton className={classes.headMenu ?? ""} aria-label={t.runs.columnMenu(name)}>
            <Icon name="more" size={13} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {sortable && <Menu.Item onClick={() => sortBy(false)}>{t.runs.sortAscending}</Menu.Item>}
          {sortable && <Menu.Item onClick={() => sortBy(true)}>{t.runs.sortDescending}</Menu.Item>}
          {parsed?.kind === "metrics" && (
            <>
              <Menu.Label>{t.runs.aggregate(parsed.key)}</Menu.Label>
              {AGGREGATES.map((aggregate) => (
                <Menu.Item
                  key={aggregate}
                  leftSection={
                    aggregate === parsed.aggregate ? <Icon name="check" size={12} /> : <span style={{ width: 12 }} />
                  }
                  onClick={() => {
                    const next = columnId({ ...parsed, aggregate });
                    change({
                      cols: columns.map((one) => (one === column ? next : one)),
                      ...(sort?.column === column && { sort: sortText({ ...sort, column: next }) }),
                    });
                  }}
                >
                  {t.runs.aggregates[aggregate]}
                </Menu.Item>
              ))}
            </>
          )}
          {index !== undefined && (
            <>
              <Menu.Divider />
              <Menu.Item onClick={() => change({ group: column })}>{t.runs.groupByThis}</Menu.Item>
              <Menu.Item disabled={place <= 0} onClick={() => swap(place - 1)}>
                {t.runs.moveLeft}
              </Menu.Item>
              <Menu.Item disabled={place >= columns.length - 1} onClick={() => swap(place + 1)}>
                {t.runs.moveRight}
              </Menu.Item>
              <Menu.Item onClick={() => setColumns(columns.filter((one) => one !== column))}>
                {t.runs.hideColumn}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  );
  if (index === undefined) return <div className={classes.headName}>{content}</div>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element can not have columns that are placed by themselves
    <div
      role="columnheader"
      tabIndex={-1}
      aria-colindex={index + 2}
      aria-sort={sorted}
      className={classes.headCell}
      data-number={numeric || undefined}
      style={{ left, width }}
    >
      {content}
    </div>
  );
});
