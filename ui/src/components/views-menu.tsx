/** Saved views: what the page shows, under a name, for everyone who sees its experiments. */

import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { memo, useState } from "react";
import { deleteView, listViews, saveView } from "../api/endpoints";
import { useText } from "../i18n";
import type { Change, Changer } from "../state/search";
import { toasts } from "../state/toasts";
import { Edges } from "./edges";
import { Icon } from "./icons";
import { errorText } from "./states";
import { ToolButton } from "./tool-button";
import classes from "./views-menu.module.css";

/** The part of a scope that names experiments, the same in whatever order. */
export const scopeOf = (ids: readonly string[]): string => [...ids].sort().join(",");

export interface ViewsMenuProps<S extends object> {
  /** What the views are views of. */
  scope: string;
  /** What the page shows now. */
  shown: S;
  /** Reads what a view has. */
  read: (given: Record<string, unknown>) => S;
  change: Changer<S>;
}

export const ViewsMenu = memo(Views) as typeof Views;

function Views<S extends object>({ scope, shown, read, change }: ViewsMenuProps<S>) {
  const t = useText();
  const client = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const views = useQuery({
    queryKey: ["views", scope],
    queryFn: ({ signal }) => listViews(scope, signal),
    enabled: opened,
  });
  const attempt = async (work: () => Promise<unknown>, text: string) => {
    try {
      await work();
      toasts.show({ text });
      await client.invalidateQueries({ queryKey: ["views", scope] });
    } catch (error) {
      toasts.show({ text: errorText(error, t), kind: "error" });
    }
  };
  const save = async () => {
    const given = name.trim();
    if (!given) return;
    await attempt(() => saveView(scope, given, JSON.stringify(shown)), t.runs.viewSaved(given));
    setName("");
  };
  const apply = (state: string) => {
    let saved = {};
    try {
      saved = read(JSON.parse(state) as Record<string, unknown>);
    } catch {
      // A view that is not understood shows the page as it is without one.
    }
    const cleared = Object.fromEntries(Object.keys(shown).map((key) => [key, undefined]));
    change({ ...cleared, ...saved } as Change<S>);
    setOpened(false);
  };
  return (
    <Popover position="bottom-start" shadow="md" width={300} opened={opened} onChange={setOpened} trapFocus>
      <Popover.Target>
        <ToolButton icon="bookmark" label={t.runs.views} onClick={() => setOpened(!opened)} />
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          {views.data?.length === 0 && (
            <Text size="sm" c="dimmed">
              {t.runs.viewsNone}
            </Text>
          )}
          <Edges axis="y">
            <div className={classes.viewList}>
              {views.data?.map((view) => (
                <Group key={view.name} gap="xs" wrap="nowrap">
                  <UnstyledButton className={classes.view ?? ""} onClick={() => apply(view.state)}>
                    {view.name}
                  </UnstyledButton>
                  <ActionIcon
                    aria-label={t.runs.viewDelete(view.name)}
                    onClick={() => void attempt(() => deleteView(scope, view.name), t.runs.viewDeleted(view.name))}
                  >
                    <Icon name="trash" size={14} />
                  </ActionIcon>
                </Group>
              ))}
            </div>
          </Edges>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void save();
            }}
          >
            <Group gap="xs" wrap="nowrap">
              <TextInput
                data-autofocus
                style={{ flex: 1 }}
                aria-label={t.runs.viewName}
                placeholder={t.runs.viewName}
                maxLength={200}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Button type="submit" disabled={!name.trim()}>
                {t.common.save}
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
