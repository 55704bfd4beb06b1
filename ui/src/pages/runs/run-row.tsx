/** A run in the table. */

import type { VirtualItem } from "@tanstack/react-virtual";
import { memo } from "react";
import type { Language } from "../../i18n";
import { cellOf, type ListedRun } from "../../state/run-list";
import { Cell, type ColumnLook } from "./cell";
import { NameCell } from "./name-cell";
import classes from "./runs.module.css";

export interface RunRowProps {
  run: ListedRun;
  index: number;
  top: number;
  height: number;
  width: number;
  nameWidth: number;
  columns: readonly string[];
  items: readonly VirtualItem[];
  looks: ReadonlyMap<string, ColumnLook>;
  baseline: ListedRun | undefined;
  language: Language;
  cursor: boolean;
  indent: boolean;
  pinned: boolean;
  shown: boolean;
  selected: boolean;
  onToggle: (id: string) => void;
  onSelect: (id: string, range: boolean) => void;
}

/** Drawn again only when something of the row changed: scrolling draws the rows that come. */
export const RunRow = memo(function RunRow(props: RunRowProps) {
  const { run, index, top, height, width, columns, items, looks, baseline, language } = props;
  const isBase = baseline?.id === run.id;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
    // biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves
    <div
      id={`run-row-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={props.selected}
      className={classes.row}
      style={{ top, height, width, minWidth: "100%" }}
      data-cursor={props.cursor || undefined}
      data-deleted={run.deleted || undefined}
      data-pinned={props.pinned || undefined}
    >
      <NameCell
        run={run}
        width={props.nameWidth}
        colour={run.colour}
        indent={props.indent}
        pinned={props.pinned}
        baseline={isBase}
        shown={props.shown}
        onToggle={props.onToggle}
        selected={props.selected}
        onSelect={props.onSelect}
      />
      {items.map((item) => {
        const column = columns[item.index] ?? "";
        const look = looks.get(column);
        if (!look) return null;
        return (
          <Cell
            key={column}
            column={column}
            value={cellOf(run, column)}
            run={run}
            look={look}
            baseline={baseline && !isBase ? cellOf(baseline, column) : null}
            language={language}
            index={item.index}
            left={item.start}
            width={item.size}
          />
        );
      })}
    </div>
  );
});
