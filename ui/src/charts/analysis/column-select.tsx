/** Chooses a column for an axis, and whether the axis is logarithmic. */

import { Button, Group, Select, type SelectProps } from "@mantine/core";
import { useMemo } from "react";
import { useText } from "../../i18n";
import { type Kind, parseColumn } from "../../lib/columns";
import classes from "./analysis.module.css";
import { useColumnName } from "./use-analysis";

const KINDS: readonly Kind[] = ["params", "metrics", "attributes", "tags"];

interface ColumnSelectProps extends Omit<SelectProps, "data" | "onChange" | "value"> {
  columns: readonly string[];
  value: string | null;
  onChange: (id: string | null) => void;
}

export function ColumnSelect({ columns, value, onChange, ...rest }: ColumnSelectProps) {
  const { analysis: t, runs } = useText();
  const name = useColumnName();
  const data = useMemo(() => {
    const all = value !== null && !columns.includes(value) ? [...columns, value] : columns;
    return KINDS.map((kind) => ({
      group: runs.kinds[kind],
      items: all.filter((id) => parseColumn(id)?.kind === kind).map((id) => ({ value: id, label: name(id) })),
    })).filter((group) => group.items.length > 0);
  }, [columns, value, runs, name]);
  return (
    <Select
      size="xs"
      searchable
      maxDropdownHeight={320}
      comboboxProps={{ width: 240, position: "bottom-start" }}
      nothingFoundMessage={t.noSuchColumn}
      data={data}
      value={value}
      onChange={onChange}
      {...rest}
    />
  );
}

interface AxisPickerProps extends ColumnSelectProps {
  label: string;
  /** Whether the axis is logarithmic; undefined where it cannot be. */
  log?: boolean | undefined;
  onLog?: (log: boolean) => void;
}

export function AxisPicker({ log, onLog, label, ...rest }: AxisPickerProps) {
  const t = useText().analysis;
  return (
    <Group gap={4} wrap="nowrap" align="flex-end" className={classes.picker}>
      <ColumnSelect label={label} style={{ flex: 1, minWidth: 0 }} {...rest} />
      {log !== undefined && onLog && (
        <Button
          size="xs"
          px={6}
          variant={log ? "light" : "default"}
          aria-pressed={log}
          aria-label={t.logOf(label)}
          onClick={() => onLog(!log)}
        >
          {t.log}
        </Button>
      )}
    </Group>
  );
}
