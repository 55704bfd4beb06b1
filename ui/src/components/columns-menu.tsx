/** The choice of a table's columns. */

import { Button, Checkbox, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useText } from "../i18n";
import classes from "./columns-menu.module.css";
import { Edges } from "./edges";
import { Icon } from "./icons";
import { ToolButton } from "./tool-button";

export interface ColumnSection {
  label: string;
  columns: readonly { id: string; name: string }[];
}

export interface ColumnsMenuProps {
  sections: readonly ColumnSection[];
  /** The columns that are shown, in order; null while it is not known which these are. */
  chosen: readonly string[] | null;
  /** Undefined for those that the page chooses itself. */
  onChange: (columns: string[] | undefined) => void;
}

/** A list of thousands is searched, not scrolled. */
const LISTED = 200;
const NONE: readonly string[] = [];

export function ColumnsMenu({ sections, chosen, onChange }: ColumnsMenuProps) {
  const t = useText();
  const [text, setText] = useState("");
  const columns = chosen ?? NONE;
  const checked = new Set(columns);
  const toggle = (column: string) =>
    onChange(checked.has(column) ? columns.filter((one) => one !== column) : [...columns, column]);
  const wanted = text.toLowerCase();
  return (
    <Popover position="bottom-start" shadow="md" width={320} trapFocus>
      <Popover.Target>
        <ToolButton icon="columns" label={t.runs.columns} disabled={chosen === null} />
      </Popover.Target>
      <Popover.Dropdown className={classes.menu ?? ""}>
        <Stack gap="xs">
          <TextInput
            data-autofocus
            leftSection={<Icon name="search" />}
            aria-label={t.runs.columnsSearch}
            placeholder={t.runs.columnsSearch}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Edges axis="y">
            <div className={classes.list}>
              {sections.map(({ label, columns }) => {
                const shown = columns.filter((one) => one.name.toLowerCase().includes(wanted)).slice(0, LISTED);
                if (shown.length === 0) return null;
                return (
                  // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame that is not wanted here
                  <div key={label} role="group" aria-label={label}>
                    <Text size="xs" c="dimmed" fw={600} mt="md" mb={4}>
                      {label}
                    </Text>
                    <Stack gap={8}>
                      {shown.map(({ id, name }) => (
                        <Checkbox
                          key={id}
                          size="xs"
                          label={name}
                          checked={checked.has(id)}
                          onChange={() => toggle(id)}
                        />
                      ))}
                    </Stack>
                  </div>
                );
              })}
            </div>
          </Edges>
          <Button variant="subtle" onClick={() => onChange(undefined)}>
            {t.runs.columnsReset}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
