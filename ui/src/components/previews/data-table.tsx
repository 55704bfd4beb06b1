/** A table of any size, of which only the cells in sight are made; the cell that is chosen is shown whole below it. */
// biome-ignore-all lint/a11y/useSemanticElements: cells are placed by hand, which a <table>'s are not
// biome-ignore-all lint/a11y/useFocusableInteractive: what is around them has the focus, and says which is active
// biome-ignore-all lint/a11y/useKeyWithClickEvents: what is around them has the keys

import { VisuallyHidden } from "@mantine/core";
import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, memo, useEffect, useId, useMemo, useRef, useState } from "react";
import { artifactUrl, type Owner } from "../../api/artifacts";
import { useText } from "../../i18n";
import { type Cell, cellText, isImage, numericColumns, sortedRows, type Table } from "../../lib/artifacts/table";
import { columnsOf } from "../../lib/encoding";
import { columnFormat } from "../../lib/format";
import { CopyButton } from "../copy-button";
import { Edges } from "../edges";
import { Icon } from "../icons";
import classes from "./previews.module.css";

const ROW_HEIGHT = 28;
const IMAGE_HEIGHT = 84;
const SAMPLE_ROWS = 400;
/** The size of the text, and about how wide a character of it is. */
const FONT_REM = 0.8125;
const CHAR_PIXELS = 8.2;
const MEASURED = 80;
const DIGITS = 6;
const IMAGE_WIDTH = 110;
const MAX_COLUMN = 400;
const MIN_COLUMN = 30;
/** The padding of cells, and the least where columns just do not fit. */
const PADDING = 10;
const TIGHT = 5;
const PAGE_ROWS = 20;

/** `owner` is whose files the images of the table are. */
export function DataTable({ table, owner, label }: { table: Table; owner: Owner; label: string }) {
  const t = useText();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<{ column: number; descending: boolean } | null>(null);
  /** The row that is chosen, -1 for the head; null before one is. */
  const [chosen, setChosen] = useState<{ row: number; column: number } | null>(null);
  const looks = useMemo(() => columnLooks(table), [table]);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setRoom(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const order = useMemo(() => (sort ? sortedRows(table, sort.column, sort.descending) : null), [table, sort]);
  const tall = useMemo(() => table.rows.slice(0, SAMPLE_ROWS).some((row) => row.some(isImage)), [table]);
  const rowHeight = tall ? IMAGE_HEIGHT : ROW_HEIGHT;
  const indexWidth = String(table.rows.length).length * CHAR_PIXELS + 24;
  const filled = looks.reduce((sum, { width }) => sum + width, indexWidth);
  const fitting = Math.floor((room - filled) / (2 * looks.length));
  const padding = fitting >= TIGHT ? Math.min(PADDING, fitting) : PADDING;
  const rows = useVirtualizer({
    count: table.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: table.columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => (looks[i]?.width ?? MIN_COLUMN) + 2 * padding,
    overscan: 4,
    scrollPaddingStart: indexWidth,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: columns have other widths then
  useEffect(() => columns.measure(), [columns, padding, looks]);
  const rowAt = (place: number) => table.rows[order?.[place] ?? place] ?? [];
  const sortBy = (column: number) => {
    setSort((before) =>
      before?.column !== column
        ? { column, descending: false }
        : before.descending
          ? null
          : { column, descending: true },
    );
  };
  const choose = (row: number, column: number) => {
    const place = {
      row: Math.max(-1, Math.min(table.rows.length - 1, row)),
      column: Math.max(0, Math.min(table.columns.length - 1, column)),
    };
    setChosen(place);
    if (place.row >= 0) rows.scrollToIndex(place.row);
    columns.scrollToIndex(place.column);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { row, column } = chosen ?? { row: 0, column: 0 };
    const control = event.ctrlKey || event.metaKey;
    const moves = new Map<string, () => void>([
      ["ArrowDown", () => choose(chosen ? row + 1 : 0, column)],
      ["ArrowUp", () => choose(row - 1, column)],
      ["ArrowRight", () => choose(row, chosen ? column + 1 : 0)],
      ["ArrowLeft", () => choose(row, column - 1)],
      ["PageDown", () => choose(row + PAGE_ROWS, column)],
      ["PageUp", () => choose(Math.max(0, row - PAGE_ROWS), column)],
      ["Home", () => choose(control ? 0 : row, 0)],
      ["End", () => choose(control ? table.rows.length - 1 : row, table.columns.length - 1)],
      ["Enter", () => row === -1 && sortBy(column)],
      [" ", () => row === -1 && sortBy(column)],
      ["Escape", () => setChosen(null)],
    ]);
    const move = moves.get(event.key);
    if (!move || (event.key === "Escape" && !chosen)) return;
    event.preventDefault();
    move();
  };
  const width = indexWidth + columns.getTotalSize();
  const items = columns.getVirtualItems();
  const made = rows.getVirtualItems();
  const isMade =
    chosen !== null &&
    items.some((item) => item.index === chosen.column) &&
    (chosen.row < 0 || made.some((row) => row.index === chosen.row));
  return (
    <>
      <Edges axis="x" className={classes.gridEdges}>
        <div
          ref={scroller}
          className={classes.grid}
          style={{ "--cell-padding": `${padding}px` } as CSSProperties}
          role="grid"
          aria-label={label}
          aria-rowcount={table.rows.length + 1}
          aria-colcount={table.columns.length + 1}
          tabIndex={0}
          onKeyDown={onKeyDown}
          {...(isMade && { "aria-activedescendant": cellId(id, chosen.row, chosen.column) })}
        >
          <div
            className={classes.sheet}
            role="presentation"
            style={{ height: rows.getTotalSize() + ROW_HEIGHT, width, minWidth: "100%" }}
          >
            <div className={classes.head} role="row" aria-rowindex={1}>
              <span className={classes.index} style={{ width: indexWidth }} role="columnheader" aria-colindex={1}>
                <VisuallyHidden>#</VisuallyHidden>
              </span>
              {items.map((item) => {
                const name = table.columns[item.index] ?? "";
                const sorted = sort?.column === item.index ? sort : null;
                return (
                  <div
                    key={item.key}
                    id={cellId(id, -1, item.index)}
                    role="columnheader"
                    aria-colindex={item.index + 2}
                    aria-sort={sorted ? (sorted.descending ? "descending" : "ascending") : "none"}
                    className={`${classes.headCell} ${isChosen(chosen, -1, item.index) ? classes.cellActive : ""}`}
                    data-right={looks[item.index]?.numeric || undefined}
                    style={{ left: indexWidth + item.start, width: item.size }}
                    title={t.artifacts.sortBy(name)}
                    onClick={() => sortBy(item.index)}
                  >
                    <span className="truncate">{name}</span>
                    {sorted && <Icon name={sorted.descending ? "down" : "up"} size={9} />}
                  </div>
                );
              })}
            </div>
            {made.map((row) => (
              <Row
                key={row.key}
                id={id}
                place={row.index}
                number={(order?.[row.index] ?? row.index) + 1}
                cells={rowAt(row.index)}
                columns={items}
                looks={looks}
                chosen={chosen?.row === row.index ? chosen.column : -1}
                start={row.start}
                height={rowHeight}
                indexWidth={indexWidth}
                owner={owner}
                onChoose={setChosen}
              />
            ))}
          </div>
        </div>
      </Edges>
      {chosen && chosen.row >= 0 && (
        <Detail
          row={(order?.[chosen.row] ?? chosen.row) + 1}
          column={table.columns[chosen.column] ?? ""}
          cell={rowAt(chosen.row)[chosen.column]}
          owner={owner}
        />
      )}
    </>
  );
}

const isChosen = (chosen: { row: number; column: number } | null, row: number, column: number): boolean =>
  chosen?.row === row && chosen.column === column;

const cellId = (id: string, row: number, column: number): string => `${id}-${row}-${column}`;

interface RowProps {
  id: string;
  place: number;
  number: number;
  cells: readonly Cell[];
  columns: readonly VirtualItem[];
  looks: readonly ColumnLook[];
  /** The column that is chosen in it, -1 for none. */
  chosen: number;
  start: number;
  height: number;
  indexWidth: number;
  owner: Owner;
  onChoose: (chosen: { row: number; column: number }) => void;
}

/** Made anew only when something of it changes, and not for each step of scrolling. */
const Row = memo(function Row(props: RowProps) {
  const { id, place, number, cells, columns, looks, chosen, start, height, indexWidth, owner, onChoose } = props;
  return (
    <div
      className={classes.record}
      role="row"
      aria-rowindex={place + 2}
      style={{ height, transform: `translateY(${start}px)` }}
    >
      <span className={classes.index} style={{ width: indexWidth }} role="rowheader" aria-colindex={1}>
        {number}
      </span>
      {columns.map((item) => (
        <div
          key={item.key}
          id={cellId(id, place, item.index)}
          role="gridcell"
          aria-colindex={item.index + 2}
          aria-selected={item.index === chosen}
          className={`${classes.cell} ${item.index === chosen ? classes.cellActive : ""}`}
          data-right={looks[item.index]?.numeric || undefined}
          data-empty={cells[item.index] === null || undefined}
          style={{ left: indexWidth + item.start, width: item.size }}
          onClick={() => onChoose({ row: place, column: item.index })}
        >
          <CellContent cell={cells[item.index]} look={looks[item.index]} owner={owner} />
        </div>
      ))}
    </div>
  );
});

interface CellContentProps {
  cell: Cell | undefined;
  look: ColumnLook | undefined;
  owner: Owner;
}

function CellContent({ cell, look, owner }: CellContentProps) {
  if (isImage(cell)) return <img src={artifactUrl(owner, cell.thumbnail)} alt={cell.image} loading="lazy" />;
  if (cell === null || cell === undefined) return "–";
  const text = look?.text(cell) ?? "";
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function Detail({ row, column, cell, owner }: { row: number; column: string; cell: Cell | undefined; owner: Owner }) {
  const t = useText();
  const text = cellText(cell);
  return (
    <div className={classes.detail} role="status">
      <span className={classes.info}>
        {t.artifacts.row(row)} · {column}
      </span>
      {isImage(cell) ? <img src={artifactUrl(owner, cell.image)} alt={cell.image} /> : <pre>{text}</pre>}
      <CopyButton text={text} />
    </div>
  );
}

interface ColumnLook {
  numeric: boolean;
  /** The width of what is in it, without padding. */
  width: number;
  text: (cell: Cell | undefined) => string;
}

/** How columns look by what some rows have in them. */
function columnLooks(table: Table): ColumnLook[] {
  // From all over the table: numbers that count grow longer to its end.
  const step = Math.max(1, Math.ceil(table.rows.length / SAMPLE_ROWS));
  const sample = table.rows.filter((_, i) => i % step === 0 || i === table.rows.length - 1);
  const numeric = numericColumns(table);
  const measure = measurer();
  return table.columns.map((name, i) => {
    const format = columnFormat(
      sample.map((row) => row[i]).filter((cell) => typeof cell === "number"),
      DIGITS,
    );
    const text = (cell: Cell | undefined) => (typeof cell === "number" ? format(cell) : cellText(cell));
    let width = measure(name.slice(0, MEASURED), true);
    for (const row of sample) {
      const cell = row[i];
      width = Math.max(width, isImage(cell) ? IMAGE_WIDTH : measure(text(cell).slice(0, MEASURED), false));
    }
    return { numeric: numeric[i] ?? false, text, width: Math.ceil(Math.max(MIN_COLUMN, Math.min(MAX_COLUMN, width))) };
  });
}

/** How wide a text is in a table's font, in its head or below. */
function measurer(): (text: string, head: boolean) => number {
  const ctx = document.createElement("canvas").getContext("2d");
  if (!ctx) return (text) => columnsOf(text) * CHAR_PIXELS;
  const size = FONT_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const { fontFamily } = getComputedStyle(document.body);
  return (text, head) => {
    ctx.font = `${head ? 600 : 400} ${size}px ${fontFamily}`;
    return ctx.measureText(text).width;
  };
}
