/** Asks as a version of which registered model a model is registered: of one that there is, or of a new one. */

import { Autocomplete, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { createRegisteredModel, createVersion, findRegisteredModels, type Source } from "../../api/registry";
import { useText } from "../../i18n";
import { nameFilter, quoted } from "../../lib/filter";
import { refreshModel } from "../../state/registered-model";
import { toasts } from "../../state/toasts";
import { FormDialog } from "../form-dialog";
import { MAX_NAME_CHARS } from "./dialogs";

const SEARCH_MS = 150;
const MOST_OFFERED = 20;

interface RegisterDialogProps {
  source: Source;
  onClose: () => void;
}

export function RegisterDialog({ source, onClose }: RegisterDialogProps) {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [asked] = useDebouncedValue(name.trim(), SEARCH_MS);
  const offered = useQuery({
    queryKey: ["registered-models", "offered", asked],
    queryFn: ({ signal }) =>
      findRegisteredModels(
        { filter: nameFilter(asked), order_by: "", max_results: MOST_OFFERED, page_token: "" },
        signal,
      ),
    placeholderData: (before) => before,
  });
  const register = async () => {
    const of = name.trim();
    const found = await findRegisteredModels({
      filter: `name = ${quoted(of)}`,
      order_by: "",
      max_results: 1,
      page_token: "",
    });
    if (found.items.length === 0) await createRegisteredModel(of, "");
    const { version } = await createVersion(of, source, description);
    void refreshModel(client, of);
    toasts.show({ text: t.registry.registeredToast(of, version) });
    void navigate({ to: "/models/$name/versions/$version", params: { name: of, version }, search: {} });
  };
  return (
    <FormDialog
      title={t.registry.registerTitle}
      action={t.registry.registerAction}
      onSubmit={register}
      onClose={onClose}
      ready={name.trim() !== ""}
    >
      <Text size="xs" c="dimmed" className="mono">
        {source.source}
      </Text>
      <Autocomplete
        data-autofocus
        openOnFocus={false}
        label={t.registry.registerAs}
        description={t.registry.registerHelp}
        maxLength={MAX_NAME_CHARS}
        value={name}
        onChange={setName}
        data={(offered.data?.items ?? []).map((one) => one.name)}
      />
      <Textarea
        label={t.registry.descriptionOptional}
        autosize
        minRows={2}
        maxRows={10}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
