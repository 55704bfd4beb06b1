/** What asks for more about a registered model: a new one, another name, whether it goes for good. */

import { Alert, Skeleton, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { createRegisteredModel, deleteRegisteredModel, deleteVersion, renameRegisteredModel } from "../../api/registry";
import { useText } from "../../i18n";
import { useRegisteredModel } from "../../state/registered-model";
import { FormDialog } from "../form-dialog";

export const MAX_NAME_CHARS = 256;

export function CreateDialog({ onClose, onCreated }: { onClose: () => void; onCreated: (name: string) => void }) {
  const t = useText();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const create = async () => {
    await createRegisteredModel(name.trim(), description);
    onCreated(name.trim());
  };
  return (
    <FormDialog
      title={t.registry.newModel}
      action={t.common.create}
      onSubmit={create}
      onClose={onClose}
      ready={name.trim() !== ""}
    >
      <TextInput
        data-autofocus
        label={t.common.name}
        description={t.registry.nameHelp}
        maxLength={MAX_NAME_CHARS}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label={t.registry.descriptionOptional}
        autosize
        minRows={3}
        maxRows={10}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

interface NamedProps {
  name: string;
  onClose: () => void;
}

export function RenameDialog({ name, onClose, onRenamed }: NamedProps & { onRenamed: (name: string) => void }) {
  const t = useText();
  const [text, setText] = useState(name);
  const wanted = text.trim();
  const rename = async () => {
    await renameRegisteredModel(name, wanted);
    onRenamed(wanted);
  };
  return (
    <FormDialog
      title={t.registry.rename}
      action={t.common.rename}
      onSubmit={rename}
      onClose={onClose}
      ready={wanted !== "" && wanted !== name}
    >
      <TextInput
        data-autofocus
        label={t.common.name}
        description={t.registry.renameHelp}
        maxLength={MAX_NAME_CHARS}
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

/** The aliases that point to a version, or to any of a model; null while they are not known. */
function useAliases(name: string, version?: string): string[] | null {
  const { data, error } = useRegisteredModel(name);
  // The server knows them, and refuses what they forbid.
  if (!data) return error ? [] : null;
  return data.aliases.filter((one) => version === undefined || one.version === version).map((one) => one.alias);
}

/** Deleting is for good here: the name is typed once more. */
export function DeleteModelDialog({ name, onClose, onDeleted }: NamedProps & { onDeleted: () => void }) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const aliases = useAliases(name);
  return (
    <FormDialog
      title={t.registry.removeModelTitle(name)}
      action={t.registry.removeForGood}
      onSubmit={async () => {
        await deleteRegisteredModel(name);
        onDeleted();
      }}
      onClose={onClose}
      ready={aliases !== null && typed.trim() === name.trim()}
    >
      <Text size="sm">{t.registry.removeModelText}</Text>
      {aliases && aliases.length > 0 && (
        <Alert color="yellow">{t.registry.removeModelPointed(aliases.join(", "))}</Alert>
      )}
      <TextInput
        data-autofocus
        label={t.registry.typeName}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

export function DeleteVersionDialog({
  name,
  version,
  onClose,
  onDeleted,
}: NamedProps & { version: string; onDeleted: () => void }) {
  const t = useText();
  const aliases = useAliases(name, version);
  return (
    <FormDialog
      title={t.registry.removeVersionTitle(version)}
      action={t.registry.removeForGood}
      onSubmit={async () => {
        await deleteVersion(name, version);
        onDeleted();
      }}
      onClose={onClose}
      ready={aliases?.length === 0}
    >
      {aliases === null ? (
        <Skeleton height={20} />
      ) : aliases.length > 0 ? (
        <Alert color="yellow">{t.registry.removeVersionPointed(aliases.join(", "))}</Alert>
      ) : (
        <Text size="sm">{t.registry.removeVersionText}</Text>
      )}
    </FormDialog>
  );
}
