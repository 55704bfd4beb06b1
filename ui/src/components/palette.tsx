/** The command palette: what can be done here, and experiments by name. */

import { Combobox, Group, Kbd, Modal, Text, TextInput, useCombobox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { findExperiments } from "../api/endpoints";
import { useText } from "../i18n";
import { useAllCommands } from "../state/commands";
import { Icon } from "./icons";

const RUN_ID = /^[0-9a-f]{32}$/;

export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const commands = useAllCommands();
  const [text, setText] = useState("");
  const combobox = useCombobox({ opened: true });
  const experiments = useQuery({
    queryKey: ["palette", text],
    queryFn: ({ signal }) => findExperiments({ text, max_results: 8 }, signal),
    placeholderData: (before) => before,
  });
  const wanted = text.trim().toLowerCase();
  const shownCommands = commands.filter((one) => one.label.toLowerCase().includes(wanted)).slice(0, 12);
  const options = [
    ...(RUN_ID.test(wanted) ? [{ value: `run:${wanted}`, label: wanted, hint: t.settings.openRun, keys: "" }] : []),
    ...shownCommands.map((one) => ({ value: `command:${one.id}`, label: one.label, hint: "", keys: one.keys ?? "" })),
    ...(experiments.data?.experiments ?? []).map((one) => ({
      value: `experiment:${one.experiment_id}`,
      label: one.name,
      hint: t.common.runsCount(one.runs),
      keys: "",
    })),
  ];
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first of what is listed now is the one that Enter takes
  useEffect(() => void combobox.selectFirstOption(), [text, experiments.data]);
  const choose = (value: string) => {
    const [kind, id = ""] = [value.slice(0, value.indexOf(":")), value.slice(value.indexOf(":") + 1)];
    onClose();
    if (kind === "experiment") void navigate({ to: "/experiments/$ids", params: { ids: id }, search: {} });
    else if (kind === "run") void navigate({ to: "/runs/$runId", params: { runId: id }, search: {} });
    else commands.find((one) => one.id === id)?.run();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      title={null}
      padding={0}
      yOffset="12vh"
      centered={false}
      aria-label={t.settings.palette}
    >
      <Combobox store={combobox} onOptionSubmit={choose} withinPortal={false}>
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus
            size="md"
            variant="unstyled"
            px="md"
            py="xs"
            leftSection={<Icon name="search" />}
            placeholder={t.settings.palettePlaceholder}
            aria-label={t.settings.palette}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Combobox.EventsTarget>
        <Combobox.Options mah="50vh" style={{ overflow: "auto" }} p="xs">
          {options.length === 0 && <Combobox.Empty>{t.common.none}</Combobox.Empty>}
          {options.map((one) => (
            <Combobox.Option key={one.value} value={one.value}>
              <Group justify="space-between" wrap="nowrap">
                <Text size="sm" truncate>
                  {one.label}
                </Text>
                {one.hint && (
                  <Text size="xs" c="dimmed">
                    {one.hint}
                  </Text>
                )}
                {one.keys && <Kbd size="xs">{one.keys}</Kbd>}
              </Group>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox>
    </Modal>
  );
}
