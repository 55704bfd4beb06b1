/** A filter: completed while it is typed, applied when it makes sense, its errors shown where they are. */

import { ActionIcon, Combobox, Group, Popover, Table, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ApiError } from "../api/client";
import { useText } from "../i18n";
import type { Completion } from "../lib/filter";
import classes from "./filter-bar.module.css";
import { Icon } from "./icons";

const APPLY_MS = 600;
/** A word, text or operator of a filter. */
const TOKEN = /^(?:[<>=!]+|'[^']*'?|"[^"]*"?|(?:[^\s()<>=!,'"`]|`[^`]*`?)+|\S)/;

/** An error of the server without where it is: that is marked. */
const withoutPlace = (message: string) => message.replace(/\. At position \d+: /, ": ");

export interface FilterBarProps {
  /** Of the box, by which keys find it. */
  id: string;
  placeholder: string;
  /** The text that is applied, "" where there is none. */
  applied: string;
  onApply: (text: string | undefined) => void;
  /** What may come at the caret; the same function from render to render. */
  complete: (text: string, caret: number) => Completion;
  /** How often a key is there. */
  countText: (n: number) => string;
  /** Examples, and what they mean. */
  help: readonly (readonly [example: string, text: string])[];
  error: ApiError | null;
  /** The filter that was asked for, of which the error says where it is. */
  asked: string;
}

export function FilterBar(props: FilterBarProps) {
  const { id, placeholder, applied, onApply, complete, countText, help, error, asked } = props;
  const t = useText();
  const [draft, setDraft] = useState(applied);
  const [caret, setCaret] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  // Another filter may come from elsewhere: Back, a saved view, a link.
  const last = useRef(applied);
  useEffect(() => {
    if (applied !== last.current) setDraft(applied);
    last.current = applied;
  }, [applied]);
  const apply = (text: string) => {
    later.cancel();
    // Another page may be on its way: what is applied already must not call it back.
    if (text.trim() === last.current) return;
    last.current = text.trim();
    onApply(text.trim() || undefined);
  };
  const later = useDebouncedCallback(apply, APPLY_MS);
  const completion = useMemo(() => complete(draft, caret), [draft, caret, complete]);
  const set = (text: string, at: number) => {
    setDraft(text);
    setCaret(at);
    later(text);
  };
  const take = (option: string) => {
    const text = draft.slice(0, completion.from) + option + draft.slice(completion.to);
    const at = completion.from + option.length;
    set(text, at);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const place = error?.position ?? asked.length + 1;
  const wrong = TOKEN.exec(asked.slice(place))?.[0] ?? " ";
  return (
    <div className={classes.filter}>
      <Group gap="xs" wrap="nowrap">
        <Combobox store={combobox} onOptionSubmit={take} withinPortal>
          <Combobox.Target>
            <TextInput
              id={id}
              ref={input}
              className={classes.filterInput ?? ""}
              classNames={{ input: "mono" }}
              leftSection={<Icon name="search" />}
              aria-label={t.runs.filter}
              placeholder={placeholder}
              spellCheck={false}
              autoComplete="off"
              value={draft}
              error={error !== null}
              onChange={(event) => {
                set(event.currentTarget.value, event.currentTarget.selectionStart ?? 0);
                combobox.openDropdown();
              }}
              onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
              onFocus={() => combobox.openDropdown()}
              onBlur={() => combobox.closeDropdown()}
              onKeyDown={(event) => {
                if (event.key === "Escape") {
                  combobox.closeDropdown();
                  input.current?.blur();
                } else if (event.key === "Enter" && combobox.getSelectedOptionIndex() < 0) {
                  combobox.closeDropdown();
                  apply(draft);
                }
              }}
              rightSection={
                draft && (
                  <ActionIcon
                    aria-label={t.runs.filterClear}
                    onClick={() => {
                      setDraft("");
                      apply("");
                    }}
                  >
                    <Icon name="close" size={13} />
                  </ActionIcon>
                )
              }
            />
          </Combobox.Target>
          <Combobox.Dropdown hidden={completion.options.length === 0}>
            <Combobox.Options mah={260} style={{ overflow: "auto" }} aria-label={t.runs.filter}>
              {completion.options.map((one) => (
                <Combobox.Option key={one.text} value={one.text}>
                  <Group justify="space-between" wrap="nowrap" gap="md">
                    <Text size="sm" className="mono" truncate>
                      {one.text}
                    </Text>
                    {one.hint && (
                      <Text size="xs" c="dimmed">
                        {countText(Number(one.hint))}
                      </Text>
                    )}
                  </Group>
                </Combobox.Option>
              ))}
            </Combobox.Options>
          </Combobox.Dropdown>
        </Combobox>
        <Popover position="bottom-end" withArrow shadow="md" width={440}>
          <Popover.Target>
            <ActionIcon aria-label={t.runs.filterHelp}>?</ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <Text fw={600} size="sm" mb="xs">
              {t.runs.filterHelp}
            </Text>
            <Table withRowBorders={false} verticalSpacing={2}>
              <Table.Tbody>
                {help.map(([example, text]) => (
                  <Table.Tr key={example}>
                    <Table.Td className="mono">{example}</Table.Td>
                    <Table.Td>{text}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Popover.Dropdown>
        </Popover>
      </Group>
      {error && (
        <div role="alert" aria-label={t.runs.filterError} className={classes.filterError}>
          <Text size="xs" c="red">
            <b>{t.runs.filterError}: </b>
            <span lang="en">{withoutPlace(error.message)}</span>
          </Text>
          {place <= asked.length && (
            <pre className={classes.filterPlace}>
              {asked.slice(0, place)}
              <mark>{wrong}</mark>
              {asked.slice(place + wrong.length)}
            </pre>
          )}
        </div>
      )}
    </div>
  );
}
