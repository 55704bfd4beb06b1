/** What is done with the runs that are selected. */

import { ActionIcon, Button, Group, Popover, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { editRuns } from "../../api/endpoints";
import type { EditRuns } from "../../api/types";
import { Icon } from "../../components/icons";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import type { RunList } from "../../state/run-list";
import { toasts } from "../../state/toasts";
import classes from "./runs.module.css";

/** The server changes so many at once. */
const MOST_EDITED = 1_000;

export interface SelectionProps {
  selected: ReadonlySet<string>;
  list: RunList;
  onClear: () => void;
  onCompare: (runs: string[]) => void;
}

export function Selection({ selected, list, onClear, onCompare }: SelectionProps) {
  const t = useText();
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const ids = list.runs.filter((run) => selected.has(run.id)).map((run) => run.id);
  const anyDeleted = list.runs.some((run) => selected.has(run.id) && run.deleted);
  const edit = async (changes: Omit<EditRuns, "run_ids">, of: readonly string[]): Promise<string[]> => {
    const changed: string[] = [];
    try {
      for (let i = 0; i < of.length; i += MOST_EDITED)
        changed.push(...(await editRuns({ ...changes, run_ids: of.slice(i, i + MOST_EDITED) })).run_ids);
    } catch (error) {
      toasts.show({ text: errorText(error, t), kind: "error" });
    }
    await client.invalidateQueries({ queryKey: ["runs"] });
    return changed;
  };
  const remove = async () => {
    const changed = await edit({ lifecycle_stage: "deleted" }, ids);
    if (changed.length === 0) return;
    onClear();
    toasts.show({
      text: t.runs.deletedRuns(changed.length),
      action: { label: t.common.undo, run: () => void edit({ lifecycle_stage: "active" }, changed) },
    });
  };
  const restore = async () => {
    const changed = await edit({ lifecycle_stage: "active" }, ids);
    onClear();
    toasts.show({ text: t.runs.restoredRuns(changed.length) });
  };
  const tag = async () => {
    const changed = await edit({ set_tags: [{ key: key.trim(), value }] }, ids);
    if (changed.length > 0) toasts.show({ text: t.runs.taggedRuns(changed.length) });
    await client.invalidateQueries({ queryKey: ["columns"] });
    setKey("");
    setValue("");
  };
  return (
    <Group gap="xs" className={classes.selection ?? ""} role="toolbar" aria-label={t.common.selectedCount(ids.length)}>
      <Group gap={2} wrap="nowrap">
        <Text size="sm" fw={600}>
          {t.common.selectedCount(ids.length)}
        </Text>
        <ActionIcon aria-label={t.runs.clearSelection} onClick={onClear}>
          <Icon name="close" size={13} />
        </ActionIcon>
      </Group>
      <Button disabled={ids.length < 2} onClick={() => onCompare(ids.slice(0, 100))}>
        {t.runs.compare}
      </Button>
      <Popover position="bottom-start" shadow="md" trapFocus>
        <Popover.Target>
          <Button variant="default" leftSection={<Icon name="tag" size={14} />}>
            {t.runs.addTag}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (key.trim()) void tag();
            }}
          >
            <Group gap="xs" align="flex-end">
              <TextInput
                data-autofocus
                label={t.runs.tagKey}
                value={key}
                onChange={(event) => setKey(event.currentTarget.value)}
              />
              <TextInput
                label={t.runs.tagValue}
                value={value}
                onChange={(event) => setValue(event.currentTarget.value)}
              />
              <Button type="submit" disabled={!key.trim()}>
                {t.common.save}
              </Button>
            </Group>
          </form>
        </Popover.Dropdown>
      </Popover>
      {anyDeleted ? (
        <Button variant="default" onClick={() => void restore()}>
          {t.runs.restoreRuns}
        </Button>
      ) : (
        <Button variant="default" c="red" leftSection={<Icon name="trash" size={14} />} onClick={() => void remove()}>
          {t.runs.deleteRuns}
        </Button>
      )}
    </Group>
  );
}
