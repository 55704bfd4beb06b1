/** Asks why something moves. */

import { Textarea } from "@mantine/core";
import { useText } from "../../i18n";

const MAX_CHARS = 5_000;

interface CommentFieldProps {
  value: string;
  onChange: (comment: string) => void;
  autoFocus?: boolean;
}

export function CommentField({ value, onChange, autoFocus = false }: CommentFieldProps) {
  const t = useText();
  return (
    <Textarea
      data-autofocus={autoFocus || undefined}
      label={t.registry.comment}
      placeholder={t.registry.commentPlaceholder}
      autosize
      minRows={2}
      maxRows={8}
      maxLength={MAX_CHARS}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
