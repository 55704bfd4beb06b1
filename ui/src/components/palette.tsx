/** The command palette: what can be done here, and experiments and registered models by name. */

import { Combobox, Group, Modal, Text, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { findExperiments } from "../api/endpoints";
import { findRegisteredModels } from "../api/registry";
import { useText } from "../i18n";
import { nameFilter } from "../lib/filter";
import { useAllCommands } from "../state/commands";
import { useFocusBack } from "../state/focus";
import { Icon } from "./icons";
import { KeyChips } from "./key-chips";

const RUN_ID = /^[0-9a-f]{32}$/;
const MODEL_ID = /^m-[0-9a-f]{32}$/;
/** What a model's page takes the place of by the model's own. */
const ANY_EXPERIMENT = "0";
const SEARCH_MS = 150;
const MAX_EXPERIMENTS = 8;
const MAX_MODELS = 5;

interface Option {
  value: string;
  label: string;
  hint?: string;
  keys?: string | undefined;
  run: () => void;
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useText();
  useFocusBack();
  const navigate = useNavigate();
  const commands = useAllCommands();
  const [text, setText] = useState("");
  const wanted = text.trim();
  const [asked] = useDebouncedValue(wanted, SEARCH_MS);
  const combobox = useCombobox({ opened: true });
  const experiments = useQuery({
    queryKey: ["palette", asked],
    queryFn: ({ signal }) => findExperiments({ text: asked, max_results: MAX_EXPERIMENTS }, signal),
    placeholderData: (before) => before,
  });
  const models = useQuery({
    queryKey: ["palette-models", asked],
    queryFn: ({ signal }) =>
      findRegisteredModels(
        { filter: nameFilter(asked), order_by: "", max_results: MAX_MODELS, page_token: "" },
        signal,
      ),
    placeholderData: (before) => before,
  });
  const id = wanted.toLowerCase();
  // What was found for another text must not be what Enter opens.
  const isCurrent = (one: UseQueryResult) => asked === wanted && !one.isPlaceholderData;
  const groups: { label: string; options: Option[] }[] = [
    {
      label: t.settings.openRun,
      options: RUN_ID.test(id)
        ? [
            {
              value: `run:${id}`,
              label: id,
              run: () => void navigate({ to: "/runs/$runId", params: { runId: id }, search: {} }),
            },
          ]
        : [],
    },
    {
      label: t.settings.openModel,
      options: MODEL_ID.test(id)
        ? [
            {
              value: `model:${id}`,
              label: id,
              run: () =>
                void navigate({
                  to: "/experiments/$ids/models/$modelId",
                  params: { ids: ANY_EXPERIMENT, modelId: id },
                  search: {},
                }),
            },
          ]
        : [],
    },
    {
      label: t.settings.groupExperiments,
      options: (experiments.data?.experiments ?? [])
        .filter((one) => isCurrent(experiments) || one.name.toLowerCase().includes(id))
        .map((one) => ({
          value: `experiment:${one.experiment_id}`,
          label: one.name,
          hint: t.common.runsCount(one.runs),
          run: () => void navigate({ to: "/experiments/$ids", params: { ids: one.experiment_id }, search: {} }),
        })),
    },
    {
      label: t.settings.groupModels,
      options: (models.data?.items ?? [])
        .filter((one) => isCurrent(models) || one.name.toLowerCase().includes(id))
        .map((one) => ({
          value: `registered:${one.name}`,
          label: one.name,
          run: () => void navigate({ to: "/models/$name", params: { name: one.name }, search: {} }),
        })),
    },
    {
      label: t.settings.groupCommands,
      options: commands
        .filter((one) => !one.onFocused && one.label.toLowerCase().includes(id))
        .map((one) => ({ value: `command:${one.id}`, label: one.label, keys: one.keys, run: one.run })),
    },
  ];
  const options = groups.flatMap((group) => group.options);
  const answered = [experiments, models].every((one) => isCurrent(one) && !one.isPending);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first of what is listed now is the one that Enter takes
  useEffect(() => void combobox.selectFirstOption(), [text, experiments.data, models.data]);
  const choose = (value: string) => {
    const chosen = options.find((one) => one.value === value);
    onClose();
    // After the dialog is gone, which holds the focus.
    if (chosen) setTimeout(chosen.run);
  };
  return (
    <Modal.Root opened onClose={onClose} yOffset="12vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label={t.settings.palette}>
        <Modal.Body p={0}>
          <Combobox store={combobox} onOptionSubmit={choose} withinPortal={false}>
            <Combobox.EventsTarget withExpandedAttribute>
              <TextInput
                data-autofocus
                size="md"
                variant="unstyled"
                px="md"
                py="xs"
                leftSection={<Icon name="search" />}
                placeholder={t.settings.palettePlaceholder}
                role="combobox"
                aria-autocomplete="list"
                aria-label={t.settings.palette}
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
                // The list, which is always open, keeps this key from the dialog.
                onKeyDown={(event) => event.key === "Escape" && !event.nativeEvent.isComposing && onClose()}
              />
            </Combobox.EventsTarget>
            <Combobox.Options mah="57dvh" style={{ overflow: "auto" }} p="xs" aria-label={t.settings.palette}>
              {options.length === 0 && answered && <Combobox.Empty>{t.common.none}</Combobox.Empty>}
              {groups.map(
                (group) =>
                  group.options.length > 0 && (
                    <Combobox.Group key={group.label} label={group.label}>
                      {group.options.map((one) => (
                        <Combobox.Option key={one.value} value={one.value}>
                          <Group justify="space-between" wrap="nowrap" gap="md">
                            <Text size="sm" truncate>
                              {one.label}
                            </Text>
                            {one.hint && (
                              <Text size="xs" style={{ flex: "none" }}>
                                {one.hint}
                              </Text>
                            )}
                            {one.keys && <KeyChips keys={one.keys} hint />}
                          </Group>
                        </Combobox.Option>
                      ))}
                    </Combobox.Group>
                  ),
              )}
            </Combobox.Options>
            {(experiments.error ?? models.error) && (
              <Text size="xs" c="red" p="xs" role="alert">
                {t.settings.paletteFailed}
              </Text>
            )}
          </Combobox>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
