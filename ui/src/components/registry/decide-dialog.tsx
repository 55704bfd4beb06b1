/** Approves, refuses or withdraws a move that waits. */

import { Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { approveMove, refuseMove } from "../../api/registry";
import type { Move } from "../../api/types";
import { useText } from "../../i18n";
import { refreshModel } from "../../state/registered-model";
import { toasts } from "../../state/toasts";
import { FormDialog } from "../form-dialog";
import { PersonField } from "../person-field";
import { Change } from "./change";
import { Verdicts } from "./verdicts";

export type Decision = "approve" | "refuse" | "withdraw";

interface DecideDialogProps {
  move: Move;
  decision: Decision;
  onClose: () => void;
}

export function DecideDialog({ move, decision, onClose }: DecideDialogProps) {
  const t = useText();
  const client = useQueryClient();
  const submit = async () => {
    const decide = decision === "approve" ? approveMove : refuseMove;
    const { status } = await decide(move.name, move.number);
    void refreshModel(client, move.name);
    // What was checked when it was asked for may hold no more.
    const failed = decision === "approve" && status !== "DONE";
    toasts.show({ kind: failed ? "error" : "info", text: t.registry.decided[status] ?? status });
  };
  return (
    <FormDialog
      title={t.registry.decisionTitles[decision]}
      action={t.registry.decisions[decision]}
      onSubmit={submit}
      onClose={onClose}
      ready
    >
      <Text size="sm" component="div">
        <Change {...move} />
      </Text>
      <Text size="sm" c="dimmed">
        {t.registry.askedBy(move.user_id || t.registry.nobody)}
      </Text>
      {move.comment && <Text size="sm">{move.comment}</Text>}
      <Verdicts verdicts={move.verdicts} />
      <PersonField />
    </FormDialog>
  );
}
