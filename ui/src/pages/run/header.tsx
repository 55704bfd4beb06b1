/** What a run is and where it belongs, above all of its tabs. */

import { ActionIcon, Alert, Button, Group, Menu, Stack, Text, TextInput, Title, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useRef, useState } from "react";
import type { RunDetails } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { CopyButton } from "../../components/copy-button";
import { CopyLink } from "../../components/copy-link";
import { Crumb, Crumbs } from "../../components/details/crumbs";
import classes from "../../components/details/details.module.css";
import { Status } from "../../components/details/status";
import { Icon } from "../../components/icons";
import { ReproductionBadges } from "../../components/reproducibility/badge";
import { EmptyState, errorText, ToExperiments } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { runColour } from "../../lib/colours";
import { formatDuration } from "../../lib/format";
import { PARENT_TAG } from "../../lib/reproducibility/family";
import { tagValue } from "../../lib/tags";
import { useNow } from "../../state/clock";
import { toasts } from "../../state/toasts";
import type { RunActions } from "./data";
import own from "./run.module.css";

// What clients say that do not know whom they work for.
const UNKNOWN_USER = "unknown";
const RUNNING_NOW_MS = 1_000;

/** The filter of the runs page for the children of a run. */
const childrenFilter = (runId: string) => `tags.\`${PARENT_TAG}\` = '${runId}'`;

export function RunHeader({ details, actions }: { details: RunDetails; actions: RunActions }) {
  const t = useText();
  const language = useLanguage();
  const { run } = details;
  const running = run.status === "RUNNING";
  const now = useNow(running ? RUNNING_NOW_MS : AGO_STEP_MS);
  const parent = tagValue(details.tags, PARENT_TAG);
  const deleted = run.lifecycle_stage === "deleted";
  const took = run.end_time ? formatDuration(run.end_time - run.start_time, language) : "";
  return (
    <header className={classes.header}>
      <Crumbs experiments={[{ id: run.experiment_id, name: details.experiment_name }]}>
        {parent && (
          <Crumb>
            <Link to="/runs/$runId" params={{ runId: parent }} search={{}} className="truncate">
              {t.run.parentOf(details.parent_name ?? parent.slice(0, 8))}
            </Link>
          </Crumb>
        )}
      </Crumbs>
      <div className={classes.titleRow}>
        <Name details={details} actions={actions} readOnly={deleted} />
        <Group gap="xs" wrap="nowrap">
          <Button
            variant="default"
            aria-label={t.run.compare}
            renderRoot={(props) => <Link {...props} to="/compare" search={{ runs: [run.run_id] }} />}
          >
            <Icon name="compare" />
            <span className={classes.word}>{t.run.compare}</span>
          </Button>
          <RunMenu details={details} actions={actions} />
        </Group>
      </div>
      <div className={classes.summary}>
        <Status
          status={run.status}
          {...(running && { text: t.run.runningFor(formatDuration(Math.max(0, now - run.start_time), language)) })}
          {...(took && { text: `${t.common.status[run.status] ?? run.status} · ${took}` })}
        />
        <span>
          <Ago time={run.start_time} now={now} say={t.run.startedAgo} />
        </span>
        {run.user_id && run.user_id !== UNKNOWN_USER && <span>{run.user_id}</span>}
        {details.children > 0 && (
          <Link to="/experiments/$ids" params={{ ids: run.experiment_id }} search={{ q: childrenFilter(run.run_id) }}>
            {t.run.children(details.children)}
          </Link>
        )}
        <ReproductionBadges tags={details.tags} />
        <span className={classes.id}>
          <span className="mono">{run.run_id.slice(0, 8)}</span>
          <CopyButton text={run.run_id} label={t.run.copyId} size="xs" />
        </span>
      </div>
      {deleted && (
        <Alert color="yellow" title={t.run.deletedTitle} mt="xs">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t.run.deletedText}</Text>
            <Button onClick={() => void actions.restore()}>{t.run.restoreRun}</Button>
          </Stack>
        </Alert>
      )}
      {!deleted && details.experiment_stage === "deleted" && (
        <Alert color="yellow" title={t.run.deletedExperimentTitle} mt="xs">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t.run.deletedExperimentText}</Text>
            <Button onClick={() => void actions.restoreExperiment()}>{t.run.restoreExperiment}</Button>
          </Stack>
        </Alert>
      )}
    </header>
  );
}

function Name({ details, actions, readOnly }: { details: RunDetails; actions: RunActions; readOnly: boolean }) {
  const t = useText();
  const name = details.run.run_name;
  const [draft, setDraft] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setDraft(null);
    setError(null);
    setBusy(false);
    requestAnimationFrame(() => button.current?.focus());
  };
  const save = async () => {
    const next = draft?.trim() ?? "";
    if (busy) return;
    if (!next || next === name) return close();
    setBusy(true);
    try {
      await actions.rename(next);
      toasts.show({ text: t.run.renamed(next) });
      close();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") void save();
    if (event.key === "Escape") close();
  };
  if (draft !== null) {
    return (
      <Group gap={4} wrap="nowrap" align="flex-start" className={`${classes.name} ${own.rename}`}>
        <TextInput
          autoFocus
          aria-label={t.run.renameLabel}
          value={draft}
          maxLength={500}
          style={{ flex: 1 }}
          error={error !== null && errorText(error, t)}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        <ActionIcon size="lg" aria-label={t.common.save} loading={busy} onClick={() => void save()}>
          <Icon name="check" />
        </ActionIcon>
        <ActionIcon size="lg" aria-label={t.common.cancel} onClick={close}>
          <Icon name="close" />
        </ActionIcon>
      </Group>
    );
  }
  return (
    <div className={classes.name}>
      <span
        className="dot"
        aria-hidden="true"
        style={{ background: runColour(details.number, tagValue(details.tags, "mlflow.runColor")) }}
      />
      <Title order={1} className={classes.nameText} title={name}>
        {name || details.run.run_id}
      </Title>
      {!readOnly && (
        <Tooltip label={t.run.rename}>
          <ActionIcon ref={button} size="sm" aria-label={t.run.rename} onClick={() => setDraft(name)}>
            <Icon name="pencil" size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

function RunMenu({ details, actions }: { details: RunDetails; actions: RunActions }) {
  const t = useText();
  const deleted = details.run.lifecycle_stage === "deleted";
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t.run.actions}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <CopyLink />
        <Menu.Divider />
        {deleted ? (
          <Menu.Item leftSection={<Icon name="up" />} onClick={() => void actions.restore()}>
            {t.run.restoreRun}
          </Menu.Item>
        ) : (
          <Menu.Item color="red" leftSection={<Icon name="trash" />} onClick={() => void actions.remove()}>
            {t.run.remove}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A run that the server does not know. */
export function UnknownRun({ runId }: { runId: string }) {
  const t = useText();
  return (
    <EmptyState title={t.run.unknownTitle} order={1} action={<ToExperiments />}>
      <Text className="mono">{runId.slice(0, 200)}</Text>
      <Text>{t.run.unknownText}</Text>
    </EmptyState>
  );
}
