/** What asks for more about an experiment: a new one, another name, its note and tags. */

import { Code, Drawer, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { createExperiment, deleteExperimentTag, renameExperiment, setExperimentTag } from "../../api/endpoints";
import type { FoundExperiment } from "../../api/types";
import { CopyButton } from "../../components/copy-button";
import { FormDialog } from "../../components/form-dialog";
import { Note } from "../../components/note";
import { TagList } from "../../components/tag-list";
import { useLanguage, useText } from "../../i18n";
import { formatTime } from "../../lib/format";
import { NOTE_TAG, tagValue, userTags } from "../../lib/tags";
import { useFocusBack } from "../../state/focus";

const MAX_NAME_CHARS = 500;

/** Asks for a new experiment; `onCreated` gets its id. */
export function CreateDialog({
  onClose,
  onCreated,
}: {
  onClose: () => void;
  onCreated: (experimentId: string, name: string) => void;
}) {
  const t = useText();
  const [name, setName] = useState("");
  const [location, setLocation] = useState("");
  const create = async () => {
    const made = await createExperiment(name.trim(), location.trim());
    onCreated(made.experiment_id, name.trim());
  };
  return (
    <FormDialog
      title={t.experiments.createTitle}
      action={t.common.create}
      onSubmit={create}
      onClose={onClose}
      ready={name.trim() !== ""}
    >
      <TextInput
        data-autofocus
        label={t.experiments.nameLabel}
        placeholder={t.experiments.namePlaceholder}
        maxLength={MAX_NAME_CHARS}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label={t.experiments.locationLabel}
        description={t.experiments.locationHelp}
        value={location}
        onChange={(event) => setLocation(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

/** Asks for another name. */
export function RenameDialog({
  experiment,
  onClose,
  onRenamed,
}: {
  experiment: FoundExperiment;
  onClose: () => void;
  onRenamed: (name: string) => void;
}) {
  const t = useText();
  const [name, setName] = useState(experiment.name);
  const rename = async () => {
    await renameExperiment(experiment.experiment_id, name.trim());
    onRenamed(name.trim());
  };
  return (
    <FormDialog
      title={t.experiments.renameTitle}
      action={t.common.rename}
      onSubmit={rename}
      onClose={onClose}
      ready={name.trim() !== "" && name.trim() !== experiment.name}
    >
      <TextInput
        data-autofocus
        label={t.experiments.nameLabel}
        maxLength={MAX_NAME_CHARS}
        value={name}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

/** Note, tags and details of an experiment. */
export function DetailsDrawer({
  experiment,
  onClose,
  onChanged,
}: {
  experiment: FoundExperiment;
  onClose: () => void;
  onChanged: () => Promise<unknown>;
}) {
  const t = useText();
  useFocusBack();
  const language = useLanguage();
  const id = experiment.experiment_id;
  const readOnly = experiment.lifecycle_stage === "deleted";
  const setTag = async (key: string, value: string) => {
    await setExperimentTag(id, key, value);
    await onChanged();
  };
  const deleteTag = async (key: string) => {
    await deleteExperimentTag(id, key);
    await onChanged();
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={experiment.name}
      closeButtonProps={{ "aria-label": t.common.close }}
      // Escape in what is being written ends the writing alone.
      closeOnEscape={false}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.contains(event.target as Node) && onClose()}
    >
      <Stack gap="lg">
        <section>
          <Title order={3} mb="xs">
            {t.experiments.note}
          </Title>
          <Note
            text={tagValue(experiment.tags, NOTE_TAG)}
            onSave={(text) => setTag(NOTE_TAG, text)}
            readOnly={readOnly}
          />
        </section>
        <section>
          <Title order={3} mb="xs">
            {t.experiments.tags}
          </Title>
          <TagList tags={userTags(experiment.tags)} onSet={setTag} onDelete={deleteTag} readOnly={readOnly} />
        </section>
        <section>
          <Title order={3} mb="xs">
            {t.experiments.facts}
          </Title>
          <Stack gap={4}>
            <Fact label={t.experiments.id} value={id} />
            <Fact label={t.experiments.location} value={experiment.artifact_location} />
            <Group gap="xs">
              <Text size="sm" c="dimmed">
                {t.experiments.created}
              </Text>
              <Text size="sm">{formatTime(experiment.creation_time, language)}</Text>
            </Group>
          </Stack>
        </section>
      </Stack>
    </Drawer>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" c="dimmed" style={{ flex: "none" }}>
        {label}
      </Text>
      <Code>{value}</Code>
      <CopyButton text={value} />
    </Group>
  );
}
