/** A note in Markdown, read and written in place. */

import { Alert, Button, Group, Paper, SegmentedControl, Spoiler, Stack, Text, Textarea } from "@mantine/core";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useText } from "../i18n";
import { toasts } from "../state/toasts";
import { Icon } from "./icons";
import { KeyChips } from "./key-chips";
import { Markdown } from "./markdown";
import { errorText } from "./states";

export interface NoteProps {
  text: string;
  /** Keeps a new text; the note goes on being edited when that fails. */
  onSave: (text: string) => Promise<unknown>;
  readOnly?: boolean;
  /** The address of an image that the note names by a path; the same function from render to render. */
  image?: (path: string) => string | null;
}

interface Draft {
  text: string;
  /** What the note was when it began. */
  before: string;
}

const LONG_NOTE_PX = 420;

export function Note({ text, onSave, readOnly = false, image }: NoteProps) {
  const t = useText();
  const [draft, setDraft] = useState<Draft | null>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const close = () => {
    setDraft(null);
    // The button comes back with the next picture.
    requestAnimationFrame(() => edit.current?.focus());
  };
  const discard = (given: Draft) => {
    close();
    if (given.text === given.before) return;
    toasts.show({ text: t.run.note.discarded, action: { label: t.common.undo, run: () => setDraft(given) } });
  };
  if (draft) {
    const changed = text !== draft.before && text !== draft.text;
    return (
      <Editor
        draft={draft}
        changed={changed}
        onDraft={setDraft}
        onSave={onSave}
        onDone={close}
        onCancel={discard}
        image={image}
      />
    );
  }
  const begin = () => setDraft({ text, before: text });
  if (!text) {
    return readOnly ? (
      <Text size="sm" c="dimmed">
        {t.run.note.none}
      </Text>
    ) : (
      <Button ref={edit} variant="subtle" leftSection={<Icon name="pencil" />} onClick={begin}>
        {t.run.note.add}
      </Button>
    );
  }
  return (
    <Stack gap="xs" align="flex-start">
      <Spoiler maxHeight={LONG_NOTE_PX} showLabel={t.run.showAll} hideLabel={t.run.showLess} w="100%">
        <Markdown text={text} {...(image && { image })} />
      </Spoiler>
      {!readOnly && (
        <Button ref={edit} variant="subtle" size="compact-sm" leftSection={<Icon name="pencil" />} onClick={begin}>
          {t.run.note.edit}
        </Button>
      )}
    </Stack>
  );
}

interface EditorProps {
  draft: Draft;
  /** Whether somebody else changed the note meanwhile. */
  changed: boolean;
  onDraft: (draft: Draft) => void;
  onSave: (text: string) => Promise<unknown>;
  onDone: () => void;
  onCancel: (draft: Draft) => void;
  image: NoteProps["image"];
}

function Editor({ draft, changed, onDraft, onSave, onDone, onCancel, image }: EditorProps) {
  const t = useText();
  const hint = useId();
  const [preview, setPreview] = useState(false);
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    if (saving) return;
    setSaving(true);
    setError(null);
    try {
      await onSave(draft.text);
      onDone();
    } catch (problem) {
      setError(problem);
      setSaving(false);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    // Keys that choose among words of an input method are not ours.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
    else if (event.key === "Escape") onCancel(draft);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Stack gap="xs" onKeyDown={onKey}>
      <SegmentedControl
        size="xs"
        w="fit-content"
        aria-label={t.run.note.mode}
        value={preview ? "preview" : "write"}
        onChange={(mode) => setPreview(mode === "preview")}
        data={[
          { value: "write", label: t.run.note.write },
          { value: "preview", label: t.run.note.preview },
        ]}
      />
      {preview ? (
        <Paper withBorder p="sm" mih="9rem">
          {draft.text.trim() ? (
            <Markdown text={draft.text} {...(image && { image })} />
          ) : (
            <Text c="dimmed">{t.run.note.nothing}</Text>
          )}
        </Paper>
      ) : (
        <Textarea
          data-autofocus
          autoFocus
          autosize
          minRows={6}
          maxRows={24}
          aria-label={t.run.note.label}
          aria-describedby={hint}
          placeholder={t.run.note.placeholder}
          value={draft.text}
          onChange={(event) => onDraft({ ...draft, text: event.currentTarget.value })}
        />
      )}
      {changed && <Alert color="yellow">{t.run.note.changedMeanwhile}</Alert>}
      {error !== null && (
        <Alert color="red" role="alert">
          {errorText(error, t)}
        </Alert>
      )}
      <Group gap="sm" justify="space-between">
        <Group gap="xs">
          <Button loading={saving} onClick={() => void save()}>
            {t.common.save}
          </Button>
          <Button variant="default" onClick={() => onCancel(draft)}>
            {t.common.cancel}
          </Button>
        </Group>
        <Text size="xs" c="dimmed" id={hint} visibleFrom="xs">
          <KeyChips keys="Ctrl Enter" /> {t.common.save} · <KeyChips keys="Esc" /> {t.common.cancel}
        </Text>
      </Group>
    </Stack>
  );
}
