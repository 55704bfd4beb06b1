/** Tags as chips; a chip opens what changes it. */

import { Alert, Button, Group, Popover, Stack, Text, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Tag } from "../api/types";
import { useText } from "../i18n";
import { isSystemTag } from "../lib/tags";
import { toasts } from "../state/toasts";
import { Icon } from "./icons";
import { errorText } from "./states";
import classes from "./tag-list.module.css";

/** Tags to look at: the first few of them, and how many more there are. */
export function TagChips({ tags, most = 4 }: { tags: readonly Tag[]; most?: number }) {
  const t = useText();
  if (tags.length === 0) return null;
  return (
    <ul className={classes.list} aria-label={t.run.tags.title}>
      {tags.slice(0, most).map((tag) => (
        <li key={tag.key} className={classes.chip} title={tag.value ? `${tag.key}: ${tag.value}` : tag.key}>
          <ChipText tag={tag} />
        </li>
      ))}
      {tags.length > most && <li className={classes.rest}>+{tags.length - most}</li>}
    </ul>
  );
}

export interface TagListProps {
  tags: readonly Tag[];
  /** Adds a tag or replaces the one of that key. */
  onSet: (key: string, value: string) => Promise<unknown>;
  onDelete: (key: string) => Promise<unknown>;
  readOnly?: boolean;
}

/** Tags to change. */
export function TagList({ tags, onSet, onDelete, readOnly = false }: TagListProps) {
  const t = useText();
  // The key of the tag that is being changed, "" for a new one.
  const [open, setOpen] = useState<string | null>(null);
  if (readOnly) {
    return tags.length > 0 ? (
      <TagChips tags={tags} most={tags.length} />
    ) : (
      <Text size="sm" c="dimmed">
        {t.run.tags.none}
      </Text>
    );
  }
  const remove = async (tag: Tag) => {
    await onDelete(tag.key);
    const undo = () =>
      void onSet(tag.key, tag.value).catch((error) => toasts.show({ kind: "error", text: errorText(error, t) }));
    toasts.show({ text: t.run.tags.deleted(tag.key), action: { label: t.common.undo, run: undo } });
  };
  const editor = (tag: Tag | null) => (
    <TagEditor
      tag={tag}
      taken={tags.map((one) => one.key)}
      onSet={onSet}
      onDelete={remove}
      onClose={() => setOpen(null)}
    />
  );
  const popover = (key: string) => ({
    opened: open === key,
    onChange: (opened: boolean) => setOpen(opened ? key : null),
    position: "bottom-start" as const,
    shadow: "md",
    trapFocus: true,
    returnFocus: true,
    withinPortal: true,
    width: 300,
  });
  return (
    <ul className={classes.list} aria-label={t.run.tags.title}>
      {tags.map((tag) => (
        <li key={tag.key} className={classes.item}>
          <Popover {...popover(tag.key)}>
            <Popover.Target>
              <UnstyledButton
                className={`${classes.chip} ${classes.button}`}
                title={tag.value}
                onClick={() => setOpen(open === tag.key ? null : tag.key)}
              >
                <ChipText tag={tag} />
              </UnstyledButton>
            </Popover.Target>
            <Popover.Dropdown>{editor(tag)}</Popover.Dropdown>
          </Popover>
        </li>
      ))}
      <li className={classes.item}>
        <Popover {...popover("")}>
          <Popover.Target>
            <Button
              variant="subtle"
              size="compact-xs"
              leftSection={<Icon name="plus" size={12} />}
              onClick={() => setOpen(open === "" ? null : "")}
            >
              {t.run.tags.add}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>{editor(null)}</Popover.Dropdown>
        </Popover>
      </li>
    </ul>
  );
}

function ChipText({ tag }: { tag: Tag }) {
  return (
    <>
      <span className={classes.key}>{tag.key}</span>
      {tag.value && (
        <>
          <span className="unseen">: </span>
          <span className={classes.value}>{tag.value}</span>
        </>
      )}
    </>
  );
}

interface TagEditorProps {
  tag: Tag | null;
  taken: readonly string[];
  onSet: (key: string, value: string) => Promise<unknown>;
  onDelete: (tag: Tag) => Promise<unknown>;
  onClose: () => void;
}

function TagEditor({ tag, taken, onSet, onDelete, onClose }: TagEditorProps) {
  const t = useText();
  const [key, setKey] = useState(tag?.key ?? "");
  const [value, setValue] = useState(tag?.value ?? "");
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const attempt = async (action: () => Promise<unknown>) => {
    setSaving(true);
    setError(null);
    try {
      await action();
      setSaving(false);
      onClose();
    } catch (problem) {
      setError(problem);
      setSaving(false);
    }
  };
  const name = key.trim();
  const problem = !tag && taken.includes(name) ? t.run.tags.taken : isSystemTag(name) ? t.run.tags.reserved : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (name && !problem) void attempt(() => onSet(name, value));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          label={t.common.key}
          data-autofocus={!tag || undefined}
          readOnly={tag !== null}
          variant={tag ? "unstyled" : "default"}
          maxLength={250}
          value={key}
          error={problem}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <Textarea
          label={t.common.value}
          data-autofocus={tag ? true : undefined}
          autosize
          maxRows={8}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
          }}
        />
        {error !== null && (
          <Alert color="red" role="alert">
            {errorText(error, t)}
          </Alert>
        )}
        <Group justify="space-between">
          <Group gap="xs">
            <Button type="submit" loading={saving} disabled={!name || problem !== null}>
              {t.common.save}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t.common.cancel}
            </Button>
          </Group>
          {tag && (
            <Button variant="subtle" color="red" disabled={saving} onClick={() => void attempt(() => onDelete(tag))}>
              {t.common.remove}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
