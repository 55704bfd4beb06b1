/** What a logged model is and where it belongs, above all of its tabs. */

import { ActionIcon, Alert, Button, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { getExperiment, getRun } from "../../api/endpoints";
import type { LoggedModel } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { CopyButton } from "../../components/copy-button";
import { CopyLink } from "../../components/copy-link";
import { Crumb, Crumbs } from "../../components/details/crumbs";
import classes from "../../components/details/details.module.css";
import { Status } from "../../components/details/status";
import { Icon } from "../../components/icons";
import { RegisterButton } from "../../components/registry/register-button";
import { EmptyState, ToExperiments } from "../../components/states";
import { useText } from "../../i18n";
import { modelSource } from "../../lib/registry/sources";
import { tagValue } from "../../lib/tags";
import { useNow } from "../../state/clock";
import type { ModelActions } from "./data";

const ID_CHARS = 10;

/** The name of a run, or the start of its id where the server does not know it. */
export function useRunName(runId: string): string {
  const query = useQuery({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => getRun(runId, signal),
    enabled: runId !== "",
    staleTime: 30_000,
  });
  return query.data?.run.run_name || runId.slice(0, ID_CHARS);
}

export function ModelHeader({ model, actions }: { model: LoggedModel; actions: ModelActions }) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const { info } = model;
  const source = modelSource(model);
  const tags = info.tags ?? [];
  const runName = useRunName(info.source_run_id);
  const experiment = useQuery({
    queryKey: ["experiment", info.experiment_id],
    queryFn: ({ signal }) => getExperiment(info.experiment_id, signal),
    staleTime: 30_000,
  });
  return (
    <header className={classes.header}>
      <Crumbs experiments={[{ id: info.experiment_id, name: experiment.data?.name ?? "…" }]}>
        <Crumb>
          <Link to="/experiments/$ids/models" params={{ ids: info.experiment_id }} search={{}}>
            {t.models.title}
          </Link>
        </Crumb>
      </Crumbs>
      <div className={classes.titleRow}>
        <div className={classes.name}>
          <Title order={1} className={classes.nameText} title={info.name}>
            {info.name || info.model_id}
          </Title>
        </div>
        <Group gap="xs" wrap="nowrap">
          {source && <RegisterButton source={source} />}
          <ModelMenu model={model} actions={actions} />
        </Group>
      </div>
      <div className={classes.summary}>
        <Status status={info.status} />
        {info.model_type && <span>{info.model_type}</span>}
        <span>
          <Ago time={info.creation_timestamp_ms} now={now} say={t.models.loggedAgo} />
        </span>
        {tagValue(tags, "mlflow.user") && <span>{tagValue(tags, "mlflow.user")}</span>}
        {info.source_run_id && (
          <Link to="/runs/$runId" params={{ runId: info.source_run_id }} search={{}}>
            {t.models.ofRun(runName)}
          </Link>
        )}
        <span className={classes.id}>
          <span className="mono">{info.model_id.slice(0, ID_CHARS)}</span>
          <CopyButton text={info.model_id} label={t.run.copyId} size="xs" />
        </span>
      </div>
      {info.lifecycle_stage === "deleted" && (
        <Alert color="yellow" title={t.models.deletedTitle} mt="xs">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{t.models.deletedText}</Text>
            <Button onClick={() => void actions.restore()}>{t.models.restore}</Button>
          </Stack>
        </Alert>
      )}
    </header>
  );
}

function ModelMenu({ model, actions }: { model: LoggedModel; actions: ModelActions }) {
  const t = useText();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t.models.actions}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <CopyLink />
        <Menu.Divider />
        {model.info.lifecycle_stage === "deleted" ? (
          <Menu.Item leftSection={<Icon name="up" />} onClick={() => void actions.restore()}>
            {t.models.restore}
          </Menu.Item>
        ) : (
          <Menu.Item color="red" leftSection={<Icon name="trash" />} onClick={() => void actions.remove()}>
            {t.models.remove}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A model that the server does not know. */
export function UnknownModel({ modelId }: { modelId: string }) {
  const t = useText();
  return (
    <EmptyState title={t.models.unknownTitle} order={1} action={<ToExperiments />}>
      <Text className="mono">{modelId.slice(0, 200)}</Text>
      <Text>{t.models.unknownText}</Text>
    </EmptyState>
  );
}
