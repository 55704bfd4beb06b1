/** Asks for the name under which changes of the registry are kept. */

import { TextInput } from "@mantine/core";
import { useText } from "../i18n";
import { MOST_NAME_CHARS, person, usePersonName } from "../state/person";

export function PersonField() {
  const t = useText();
  return (
    <TextInput
      label={t.settings.person}
      description={t.settings.personHelp}
      maxLength={MOST_NAME_CHARS}
      autoComplete="nickname"
      value={usePersonName()}
      onChange={(event) => person.rename(event.currentTarget.value)}
    />
  );
}
