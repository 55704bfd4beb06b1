/** The choice of the table's columns, out of all params, metrics, tags and what every run has. */

import { Button, Checkbox, Popover, Stack, Text, TextInput } from "@mantine/core";
import { memo, useState } from "react";
import type { ColumnsAnswer } from "../../api/types";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { columnId, columnName } from "../../lib/columns";
import { useRunsSearch } from "../../state/runs";
import classes from "./runs.module.css";
import { ToolButton } from "./tool-button";

const ATTRIBUTES = ["start_time", "duration", "status", "user_id", "end_time", "run_id"];
/** A list of thousands is searched, not scrolled. */
const LISTED = 200;

export const ColumnsMenu = memo(function ColumnsMenu({
  columns,
  inventory,
  several,
}: {
  columns: readonly string[];
  inventory: ColumnsAnswer | undefined;
  several: boolean;
}) {
  const t = useText();
  const [, change] = useRunsSearch();
  const [text, setText] = useState("");
  const chosen = new Set(columns);
  const toggle = (column: string) =>
    change({ cols: chosen.has(column) ? columns.filter((one) => one !== column) : [...columns, column] });
  const of = (kind: "metrics" | "params" | "tags") => {
    // A metric is there once, whichever of its values the column has.
    const listed = (inventory?.[kind] ?? []).map((one) => columnId({ kind, key: one.key, aggregate: "last" }));
    const others = columns.filter((one) => one.startsWith(`${kind}.`) && !listed.includes(one));
    return [...others, ...listed];
  };
  const attributes = [...ATTRIBUTES, ...(several ? ["experiment_id"] : [])].map((key) => `attributes.${key}`);
  const sections = [
    ["attributes", attributes],
    ["metrics", of("metrics")],
    ["params", of("params")],
    ["tags", of("tags")],
  ] as const;
  const wanted = text.toLowerCase();
  return (
    <Popover position="bottom-start" shadow="md" width={320} trapFocus>
      <Popover.Target>
        <ToolButton icon="columns" label={t.runs.columns} />
      </Popover.Target>
      <Popover.Dropdown className={classes.columnsMenu ?? ""}>
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
            <div className={classes.columnList}>
              {sections.map(([kind, list]) => {
                const shown = list
                  .filter((one) => columnName(one, t.runs).toLowerCase().includes(wanted))
                  .slice(0, LISTED);
                if (shown.length === 0) return null;
                return (
                  // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame that is not wanted here
                  <div key={kind} role="group" aria-label={t.runs.kinds[kind]}>
                    <Text size="xs" c="dimmed" fw={600} mt="md" mb={4}>
                      {t.runs.kinds[kind]}
                    </Text>
                    <Stack gap={8}>
                      {shown.map((column) => (
                        <Checkbox
                          key={column}
                          size="xs"
                          label={columnName(column, t.runs)}
                          checked={chosen.has(column)}
                          onChange={() => toggle(column)}
                        />
                      ))}
                    </Stack>
                  </div>
                );
              })}
            </div>
          </Edges>
          <Button variant="subtle" onClick={() => change({ cols: undefined })}>
            {t.runs.columnsReset}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
});
