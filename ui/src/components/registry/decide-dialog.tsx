/** Approves, refuses or withdraws a move that waits; takes back the last move of an alias. */

import { Skeleton, Text, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { approveMove, listMoves, refuseMove, rollBack } from "../../api/registry";
import type { Move } from "../../api/types";
import { useText } from "../../i18n";
import { lastOfAliases } from "../../lib/registry/moves";
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

interface RollBackDialogProps {
  name: string;
  alias: string;
  onClose: () => void;
}

export function RollBackDialog({ name, alias, onClose }: RollBackDialogProps) {
  const t = useText();
  const client = useQueryClient();
  const [comment, setComment] = useState("");
  const last = useQuery({
    queryKey: ["registry-moves", name, "last", alias],
    queryFn: async ({ signal }) => {
      const done = await listMoves(name, { kind: "alias", target: alias, status: "DONE" }, signal);
      return lastOfAliases(done.items).get(alias) ?? null;
    },
  });
  const submit = async () => {
    const move = await rollBack(name, alias, comment);
    void refreshModel(client, name);
    toasts.show({ text: move.after ? t.registry.aliasMoved(alias, move.after) : t.registry.aliasGone(alias) });
  };
  return (
    <FormDialog
      title={t.registry.rollBackTitle(alias)}
      action={t.registry.rollBack}
      onSubmit={submit}
      onClose={onClose}
      ready={Boolean(last.data)}
    >
      {last.isPending ? (
        <Skeleton height={20} />
      ) : last.data ? (
        <Text size="sm" component="div">
          <Change kind="alias" target={alias} before={last.data.after} after={last.data.before} />
        </Text>
      ) : (
        <Text size="sm">{t.registry.nothingToRollBack}</Text>
      )}
      <Text size="sm" c="dimmed">
        {t.registry.rollBackText}
      </Text>
      <Textarea
        data-autofocus
        label={t.registry.comment}
        placeholder={t.registry.commentPlaceholder}
        autosize
        minRows={2}
        maxRows={8}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      <PersonField />
    </FormDialog>
  );
}
