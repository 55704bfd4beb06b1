/** What a registered model asks for before something of it moves. */

import {
  ActionIcon,
  Alert,
  Button,
  Fieldset,
  Group,
  MultiSelect,
  Select,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { setRules } from "../../api/registry";
import type { Check, Rules } from "../../api/types";
import { Icon } from "../../components/icons";
import { ErrorState, errorText, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { withoutEmpty } from "../../lib/registry/moves";
import { STAGES } from "../../lib/registry/stages";
import { refreshModel, useRules } from "../../state/registered-model";
import { toasts } from "../../state/toasts";
import own from "./registered-model.module.css";

interface RulesTabProps {
  name: string;
  aliases: readonly string[];
}

export function RulesTab(props: RulesTabProps) {
  const { data, error, refetch } = useRules(props.name);
  if (data) return <Form rules={data} {...props} />;
  return error ? <ErrorState error={error} retry={() => void refetch()} /> : <RowsSkeleton rows={6} />;
}

/** What is edited, and what it was when that began. */
interface Draft {
  rules: Rules;
  checks: readonly (Check & { id: number })[];
  before: Rules;
}

const same = (a: Rules, b: Rules): boolean => JSON.stringify(a) === JSON.stringify(b);

// Aliases that differ in case alone are two.
const isSame = (alias: string, aliases: readonly string[]): boolean => aliases.includes(alias);

let nextId = 1;
const draftOf = (rules: Rules): Draft => ({
  rules,
  checks: rules.checks.map((check) => ({ ...check, id: nextId++ })),
  before: rules,
});

function Form({ rules, name, aliases }: RulesTabProps & { rules: Rules }) {
  const t = useText();
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(rules));
  const [saving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const edited = withoutEmpty({
    ...draft.rules,
    checks: draft.checks.map(({ target, filter, report }) => ({ target, filter, report })),
  });
  const dirty = !same(edited, draft.before);
  const [seen, setSeen] = useState(rules);
  if (rules !== seen) {
    setSeen(rules);
    // Somebody else's change comes in, unless it would go over what is being edited.
    if (!dirty) setDraft(draftOf(rules));
  }
  const set = (change: Partial<Rules>) => setDraft({ ...draft, rules: { ...draft.rules, ...change } });
  const setCheck = (id: number, change: Partial<Check>) =>
    setDraft({ ...draft, checks: draft.checks.map((one) => (one.id === id ? { ...one, ...change } : one)) });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (saving) return;
    setSaving(true);
    setError(null);
    try {
      setDraft(draftOf(await setRules(name, edited)));
      await refreshModel(client, name);
      toasts.show({ text: t.registry.rulesSaved });
    } catch (problem) {
      setError(problem);
    }
    setSaving(false);
  };
  const stages = STAGES.map((value) => ({ value, label: t.registry.stages[value] ?? value }));
  const known = [...new Set([...aliases, ...draft.rules.protected_aliases, ...draft.rules.approved_aliases])];
  return (
    <form className={own.rules} onSubmit={(event) => void save(event)}>
      <Text size="sm">{t.registry.rulesText}</Text>
      <TagsInput
        size="xs"
        label={t.registry.protectedAliases}
        description={t.registry.protectedHelp}
        data={known}
        isDuplicate={isSame}
        value={draft.rules.protected_aliases}
        onChange={(protected_aliases) => set({ protected_aliases })}
      />
      <TagsInput
        size="xs"
        label={t.registry.approvedAliases}
        description={t.registry.approvedHelp}
        data={known}
        isDuplicate={isSame}
        value={draft.rules.approved_aliases}
        onChange={(approved_aliases) => set({ approved_aliases })}
      />
      <MultiSelect
        label={t.registry.approvedStages}
        data={stages}
        value={draft.rules.approved_stages}
        onChange={(approved_stages) => set({ approved_stages })}
      />
      <Fieldset legend={t.registry.checks}>
        {draft.checks.length === 0 && (
          <Text size="sm" c="dimmed">
            {t.registry.noChecks}
          </Text>
        )}
        {draft.checks.map((check, i) => (
          <CheckRow
            key={check.id}
            check={check}
            label={t.registry.checkNumber(i + 1)}
            onChange={(change) => setCheck(check.id, change)}
            onRemove={() => setDraft({ ...draft, checks: draft.checks.filter((one) => one.id !== check.id) })}
          />
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          mt="xs"
          leftSection={<Icon name="plus" size={13} />}
          onClick={() =>
            setDraft({ ...draft, checks: [...draft.checks, { id: nextId++, target: "", filter: "", report: "" }] })
          }
        >
          {t.registry.addCheck}
        </Button>
      </Fieldset>
      {error !== null && (
        <Alert color="red" role="alert">
          {errorText(error, t)}
        </Alert>
      )}
      <Group gap="xs">
        <Button type="submit" loading={saving} disabled={!dirty}>
          {t.common.save}
        </Button>
        <Button variant="default" disabled={!dirty} onClick={() => setDraft(draftOf(rules))}>
          {t.common.cancel}
        </Button>
      </Group>
    </form>
  );
}

interface CheckRowProps {
  check: Check;
  label: string;
  onChange: (change: Partial<Check>) => void;
  onRemove: () => void;
}

function CheckRow({ check, label, onChange, onRemove }: CheckRowProps) {
  const t = useText();
  const [reported, setReported] = useState(check.report !== "");
  const text = reported ? check.report : check.filter;
  const write = (value: string, asReport: boolean) =>
    onChange(asReport ? { report: value, filter: "" } : { filter: value, report: "" });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame that is not wanted here
    <div className={own.check} role="group" aria-label={label}>
      <TextInput
        label={t.registry.checkTarget}
        placeholder={t.registry.checkTargetAll}
        value={check.target}
        onChange={(event) => onChange({ target: event.currentTarget.value })}
      />
      <Select
        className={own.kind ?? ""}
        label={t.registry.checkKind}
        allowDeselect={false}
        value={reported ? "report" : "filter"}
        onChange={(value) => {
          setReported(value === "report");
          write(text, value === "report");
        }}
        data={[
          { value: "filter", label: t.registry.checkFilter },
          { value: "report", label: t.registry.checkReport },
        ]}
      />
      <TextInput
        className={own.wanted ?? ""}
        label={reported ? t.registry.reportName : t.registry.condition}
        placeholder={reported ? t.registry.reportExample : t.registry.conditionExample}
        classNames={{ input: "mono" }}
        value={text}
        onChange={(event) => write(event.currentTarget.value, reported)}
      />
      <ActionIcon size={30} aria-label={t.registry.removeCheck(label)} onClick={onRemove}>
        <Icon name="trash" size={14} />
      </ActionIcon>
    </div>
  );
}
