/** A group of runs in the table: how many, and what their numbers come to. */

import { UnstyledButton } from "@mantine/core";
import type { VirtualItem } from "@tanstack/react-virtual";
import type { CSSProperties } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { formatSpread, formatValue } from "../../lib/format";
import { summarise } from "../../lib/run-groups";
import { cellOf } from "../../state/run-list";
import type { ColumnLook } from "./cell";
import type { GroupTableRow } from "./rows";
import classes from "./runs.module.css";

export interface GroupRowProps {
  row: GroupTableRow;
  style: CSSProperties;
  marks: Record<string, unknown>;
  columns: readonly string[];
  looks: ReadonlyMap<string, ColumnLook>;
  items: readonly VirtualItem[];
  open: boolean;
  onToggle: () => void;
  nameWidth: number;
}

export function GroupRow({ row, style, marks, columns, looks, items, open, onToggle, nameWidth }: GroupRowProps) {
  const t = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves
    <div {...marks} role="row" tabIndex={-1} className={`${classes.row} ${classes.group}`} style={style}>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div className={classes.nameCell} role="gridcell" tabIndex={-1} aria-colindex={1} style={{ width: nameWidth }}>
        <UnstyledButton className={classes.groupButton ?? ""} aria-expanded={open} onClick={onToggle}>
          <Icon name="right" size={12} />
          <span className="truncate">{row.value === null ? t.runs.without : formatValue(row.value)}</span>
          <span className={classes.groupCount}>{t.runs.groupOf(row.runs.length)}</span>
        </UnstyledButton>
      </div>
      {items.map((item) => {
        const column = columns[item.index] ?? "";
        const look = looks.get(column);
        const summary = column.startsWith("metrics.") ? summarise(row.runs.map((run) => cellOf(run, column))) : null;
        const several = summary !== null && summary.n > 1;
        const [mean, deviation] = several ? formatSpread(summary.mean, summary.deviation) : [];
        const ends = look && summary ? ([look.format(summary.min), look.format(summary.max)] as const) : null;
        return (
          // biome-ignore lint/a11y/useSemanticElements: see above
          <div
            key={item.key}
            role="gridcell"
            tabIndex={-1}
            aria-colindex={item.index + 2}
            className={`${classes.cell} ${classes.number}`}
            style={{ left: item.start, width: item.size }}
            title={mean && deviation && ends ? t.runs.spread(mean, deviation, summary?.n ?? 0, ...ends) : undefined}
          >
            {summary && (
              <span className={classes.value}>
                {mean ?? look?.format(summary.mean)}
                {deviation && <span className={classes.deviation}> ±{deviation}</span>}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}
