/** A dialog that asks for something and does it. */

import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { useText } from "../i18n";
import { useFocusBack } from "../state/focus";
import { errorText } from "./states";

export interface FormDialogProps {
  title: string;
  action: string;
  /** Does it; the dialog stays, with the reason, when that fails. */
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  ready: boolean;
  size?: string;
  children: ReactNode;
}

export function FormDialog({ title, action, onSubmit, onClose, ready, size = "md", children }: FormDialogProps) {
  const t = useText();
  useFocusBack();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setError(null);
    try {
      await onSubmit();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} size={size} closeButtonProps={{ "aria-label": t.common.close }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          {children}
          {error !== null && (
            <Alert color="red" role="alert">
              {errorText(error, t)}
            </Alert>
          )}
          <Group gap="xs" justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.common.cancel}
            </Button>
            <Button type="submit" loading={busy} disabled={!ready}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
