/** Lets an alias point to a version, or brings a version to a stage: with a comment, and with what the model asks for. */

import { Alert, Autocomplete, Checkbox, SegmentedControl, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { askMove, rollBack } from "../../api/registry";
import type { Move, Verdict } from "../../api/types";
import { useText } from "../../i18n";
import { type Asked, askedFor } from "../../lib/registry/moves";
import { ACTIVE_STAGES, NO_STAGE, STAGES } from "../../lib/registry/stages";
import { refreshModel, useRegisteredModel, useRules } from "../../state/registered-model";
import { useVersions } from "../../state/registered-models";
import { toasts } from "../../state/toasts";
import { FormDialog } from "../form-dialog";
import { PersonField } from "../person-field";
import { errorText } from "../states";
import { Change } from "./change";
import { CommentField } from "./comment-field";
import { Verdicts } from "./verdicts";

const MAX_ALIAS_CHARS = 255;

export interface MoveDialogProps {
  name: string;
  /** Asked for where it is not given. */
  version?: string | undefined;
  onClose: () => void;
}

export function MoveDialog({ name, version: given, onClose }: MoveDialogProps) {
  const t = useText();
  const client = useQueryClient();
  const registered = useRegisteredModel(name);
  const asks = useRules(name);
  const { items: versions, loading } = useVersions(name);
  const model = registered.data;
  const rules = asks.data;
  // From where it goes, and whether somebody has to approve it, is not told before it is known.
  const pending = registered.isPending || asks.isPending || loading;
  const [kind, setKind] = useState<"alias" | "stage">("alias");
  const [alias, setAlias] = useState("");
  const [stage, setStage] = useState<string>("Production");
  const [chosen, setChosen] = useState<string | null>(null);
  const [archive, setArchive] = useState(false);
  const [comment, setComment] = useState("");
  const [verdicts, setVerdicts] = useState<readonly Verdict[]>([]);
  const version = given ?? chosen ?? versions[0]?.version ?? "";
  const target = kind === "alias" ? alias.trim() : stage;
  const asked = askedFor(rules, kind, target);
  const before =
    kind === "alias"
      ? (model?.aliases.find((one) => one.alias === target)?.version ?? "")
      : (versions.find((one) => one.version === version)?.current_stage ?? NO_STAGE);
  const known = [
    ...(model?.aliases.map((one) => one.alias) ?? []),
    ...(rules ? [...rules.protected_aliases, ...rules.approved_aliases] : []),
  ];
  const submit = async () => {
    setVerdicts([]);
    const what =
      kind === "alias"
        ? { alias: target }
        : { stage, archive_existing_versions: archive && ACTIVE_STAGES.includes(stage) };
    const move = await askMove({ name, version, comment, ...what });
    void refreshModel(client, name);
    if (move.status === "REFUSED") {
      setVerdicts(move.verdicts);
      throw new Error(t.registry.refusedText);
    }
    tell(move);
  };
  const tell = (move: Move) => {
    if (move.status === "WAITING") {
      toasts.show({ text: t.registry.waits });
      return;
    }
    if (move.number === 0) {
      toasts.show({ text: t.registry.unchanged });
      return;
    }
    const undo = () =>
      void rollBack(name, move.target, "")
        .then(() => refreshModel(client, name))
        .catch((error: unknown) => toasts.show({ kind: "error", text: errorText(error, t) }));
    toasts.show({
      text:
        move.kind === "alias"
          ? t.registry.aliasMoved(move.target, move.after)
          : t.registry.stageMoved(move.target, t.registry.stages[move.after] ?? move.after),
      ...(move.kind === "alias" && { action: { label: t.common.undo, run: undo } }),
    });
  };
  return (
    <FormDialog
      title={given ? t.registry.promoteTitle(given) : t.registry.promoteAny}
      action={asked.approval ? t.registry.askApproval : t.registry.move}
      onSubmit={submit}
      onClose={onClose}
      ready={target !== "" && version !== "" && !pending}
      size="lg"
    >
      <SegmentedControl
        aria-label={t.registry.moveKind}
        value={kind}
        onChange={(next) => setKind(next === "stage" ? "stage" : "alias")}
        data={[
          { value: "alias", label: t.registry.alias },
          { value: "stage", label: t.registry.stage },
        ]}
      />
      {!given && (
        <Select
          label={t.registry.versionLabel}
          allowDeselect={false}
          searchable
          value={version || null}
          onChange={setChosen}
          data={versions.map((one) => one.version)}
        />
      )}
      {kind === "alias" ? (
        <Autocomplete
          data-autofocus
          openOnFocus={false}
          size="xs"
          label={t.registry.alias}
          description={t.registry.aliasHelp}
          maxLength={MAX_ALIAS_CHARS}
          value={alias}
          onChange={setAlias}
          data={[...new Set(known)]}
        />
      ) : (
        <>
          <Select
            label={t.registry.stage}
            allowDeselect={false}
            value={stage}
            onChange={(value) => value && setStage(value)}
            data={STAGES.map((value) => ({ value, label: t.registry.stages[value] ?? value }))}
          />
          {ACTIVE_STAGES.includes(stage) && (
            <Checkbox
              size="xs"
              label={t.registry.archive(t.registry.stages[stage] ?? stage)}
              checked={archive}
              onChange={(event) => setArchive(event.currentTarget.checked)}
            />
          )}
        </>
      )}
      {pending && <Skeleton height={20} />}
      {target && version && !pending && (
        <Text size="sm" component="div">
          <Change
            kind={kind}
            target={kind === "alias" ? target : version}
            before={before}
            after={kind === "alias" ? version : stage}
          />
        </Text>
      )}
      <AskedFor asked={asked} />
      <CommentField value={comment} onChange={setComment} />
      <PersonField />
      <Verdicts verdicts={verdicts} />
    </FormDialog>
  );
}

/** What the model asks for before it is done. */
function AskedFor({ asked: { checks, approval, guarded } }: { asked: Asked }) {
  const t = useText();
  if (checks.length === 0 && !approval && !guarded) return null;
  return (
    <Alert variant="light" title={t.registry.asksFor}>
      <Stack gap={4}>
        {approval && <Text size="sm">{t.registry.asksApproval}</Text>}
        {guarded && <Text size="sm">{t.registry.asksGuard}</Text>}
        {checks.map(({ target, filter, report }) => (
          <Text key={`${target} ${filter} ${report}`} size="sm">
            {filter ? t.registry.checkHolds : t.registry.checkReported} <span className="mono">{filter || report}</span>
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}
