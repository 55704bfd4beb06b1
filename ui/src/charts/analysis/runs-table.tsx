/** The runs of a chart as a table: what the picture shows, for those who would rather read it. */

import { Anchor, Button, Table, UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import type { Cell } from "../../lib/analysis/column-values";
import { formatValue } from "../../lib/format";
import classes from "./analysis.module.css";

export interface TableColumn {
  id: string;
  label: string;
  /** Numbers stand under each other. */
  numeric?: boolean;
  format?: (cell: Cell) => string;
}

export interface TableRow {
  id: string;
  name: string;
  colour?: string;
  cells: readonly Cell[];
}

interface RunsTableProps {
  label: string;
  /** What the rows are. */
  rowLabel: string;
  columns: readonly TableColumn[];
  rows: readonly TableRow[];
  /** Rows are runs that can be opened, when given. */
  onOpen?: (id: string) => void;
}

const PAGE = 200;

export function RunsTable({ label, rowLabel, columns, rows, onOpen }: RunsTableProps) {
  const t = useText().analysis;
  const [sort, setSort] = useState<{ at: number; descending: boolean } | null>(null);
  const [shown, setShown] = useState(PAGE);
  const sorted = useMemo(() => (sort ? [...rows].sort(byCell(sort.at, sort.descending)) : rows), [rows, sort]);
  const sortOf = (at: number) => (sort?.at !== at ? "none" : sort.descending ? "descending" : "ascending");
  const head = (at: number, text: string, numeric = false) => (
    <Table.Th key={at} aria-sort={sortOf(at)} scope="col" ta={numeric ? "right" : "left"}>
      <UnstyledButton
        className={classes.sort ?? ""}
        title={t.sortBy(text)}
        onClick={() => setSort({ at, descending: sort?.at === at ? !sort.descending : false })}
      >
        <span>{text}</span>
        {sort?.at === at && <Icon name={sort.descending ? "down" : "up"} size={12} />}
      </UnstyledButton>
    </Table.Th>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section className={classes.tableBox} tabIndex={0} aria-label={`${t.asTable}: ${label}`}>
      <Table stickyHeader highlightOnHover verticalSpacing={3} horizontalSpacing="sm" fz="sm">
        <Table.Thead>
          <Table.Tr>
            {head(-1, rowLabel)}
            {columns.map((column, at) => head(at, column.label, column.numeric))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.slice(0, shown).map((row) => (
            <Table.Tr key={row.id}>
              <Table.Th scope="row" fw={400}>
                <span className={classes.rowName}>
                  {row.colour && <span className="dot" style={{ background: row.colour }} />}
                  {onOpen ? (
                    <Anchor component="button" type="button" fz="sm" ta="left" onClick={() => onOpen(row.id)}>
                      {row.name}
                    </Anchor>
                  ) : (
                    row.name
                  )}
                </span>
              </Table.Th>
              {columns.map((column, at) => {
                const cell = row.cells[at] ?? null;
                return (
                  <Table.Td key={column.id} ta={column.numeric ? "right" : "left"}>
                    {column.format?.(cell) ?? formatValue(cell)}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {sorted.length > shown && (
        <Button variant="subtle" m="xs" onClick={() => setShown(shown + PAGE)}>
          {t.moreRows(Math.min(PAGE, sorted.length - shown))}
        </Button>
      )}
    </section>
  );
}

/** Rows without a value come last, whichever way. */
function byCell(at: number, descending: boolean): (a: TableRow, b: TableRow) => number {
  const cellOf = (row: TableRow) => (at < 0 ? row.name : (row.cells[at] ?? null));
  const none = (cell: Cell) => cell === null || (typeof cell === "number" && Number.isNaN(cell));
  return (a, b) => {
    const [x, y] = [cellOf(a), cellOf(b)];
    if (none(x) || none(y)) return Number(none(x)) - Number(none(y));
    const order =
      typeof x === "number" && typeof y === "number"
        ? x - y
        : String(x).localeCompare(String(y), "en", { numeric: true });
    return descending ? -order : order;
  };
}
