/** Takes back the last move of an alias. */

import { Skeleton, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { listMoves, rollBack } from "../../api/registry";
import { useText } from "../../i18n";
import { lastOfAliases } from "../../lib/registry/moves";
import { refreshModel } from "../../state/registered-model";
import { toasts } from "../../state/toasts";
import { FormDialog } from "../form-dialog";
import { PersonField } from "../person-field";
import { ErrorState } from "../states";
import { Change } from "./change";
import { CommentField } from "./comment-field";

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
      {last.error ? (
        <ErrorState error={last.error} retry={() => void last.refetch()} />
      ) : last.isPending ? (
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
      <CommentField value={comment} onChange={setComment} autoFocus />
      <PersonField />
    </FormDialog>
  );
}
