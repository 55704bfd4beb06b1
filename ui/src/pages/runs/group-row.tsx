/** A group of runs in the table: how many, and what their numbers come to. */

import { UnstyledButton } from "@mantine/core";
import type { VirtualItem } from "@tanstack/react-virtual";
import type { CSSProperties } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { formatNumber, formatValue } from "../../lib/format";
import { summarise } from "../../lib/run-groups";
import { cellOf } from "../../state/run-list";
import type { GroupTableRow } from "./rows";
import classes from "./runs.module.css";

export interface GroupRowProps {
  row: GroupTableRow;
  style: CSSProperties;
  marks: Record<string, unknown>;
  columns: readonly string[];
  items: readonly VirtualItem[];
  open: boolean;
  onToggle: () => void;
  nameWidth: number;
}

export function GroupRow({ row, style, marks, columns, items, open, onToggle, nameWidth }: GroupRowProps) {
  const t = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves
    <div {...marks} role="row" tabIndex={-1} className={`${classes.row} ${classes.group}`} style={style}>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div className={classes.nameCell} role="gridcell" tabIndex={-1} aria-colindex={1} style={{ width: nameWidth }}>
        <UnstyledButton className={classes.groupButton ?? ""} aria-expanded={open} onClick={onToggle}>
          <Icon name={open ? "down" : "right"} size={12} />
          <span className="truncate">{row.value === null ? t.runs.without : formatValue(row.value)}</span>
          <span className={classes.groupCount}>{t.runs.groupOf(row.runs.length)}</span>
        </UnstyledButton>
      </div>
      {items.map((item) => {
        const column = columns[item.index] ?? "";
        const summary = column.startsWith("metrics.") ? summarise(row.runs.map((run) => cellOf(run, column))) : null;
        return (
          // biome-ignore lint/a11y/useSemanticElements: see above
          <div
            key={item.key}
            role="gridcell"
            tabIndex={-1}
            aria-colindex={item.index + 2}
            className={`${classes.cell} ${classes.number}`}
            style={{ left: item.start, width: item.size }}
            title={summary ? `${formatNumber(summary.min)} … ${formatNumber(summary.max)} (n = ${summary.n})` : ""}
          >
            {summary && (
              <span className={classes.value}>
                {formatNumber(summary.mean, 4)}
                {summary.n > 1 && <span className={classes.deviation}> ±{formatNumber(summary.deviation, 2)}</span>}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}
