/** The models that a run made and used. */

import { Badge, Group, Paper, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { findModels, getModel } from "../../api/endpoints";
import type { Source } from "../../api/registry";
import { type LoggedModel, type RunDetails, toNumber } from "../../api/types";
import { CopyButton } from "../../components/copy-button";
import { KeyTable } from "../../components/details/key-table";
import { LongText } from "../../components/details/long-text";
import { Facts, Section } from "../../components/details/section";
import { Status } from "../../components/details/status";
import { KeyText } from "../../components/key-text";
import { RegisterButton } from "../../components/registry/register-button";
import { useText } from "../../i18n";
import { formatBytes, formatNumber } from "../../lib/format";
import { latestMetrics } from "../../lib/models/columns";
import { type HistoricModel, readModels } from "../../lib/models/history";
import { signatureLines } from "../../lib/models/signature";
import { modelSource, runSource } from "../../lib/registry/sources";
import { tagValue } from "../../lib/tags";
import { useLive } from "../../state/live";

/** A page of those that the run made; others are asked for one by one, as far as a page can show them. */
const MOST_MADE = 500;
const MOST_OTHERS = 20;
const LIVE_MS = 2_000;
const METRICS = 3;

interface Row {
  /** Its name, or its id where it is not known. */
  key: string;
  id: string;
  model: LoggedModel | null;
  relations: string[];
  /** As what it is registered; null where it cannot be. */
  source: Source | null;
}

/** What is known of the models, by their ids; null while that is not known. */
function useModels(details: RunDetails, ids: readonly string[]): ReadonlyMap<string, LoggedModel> | null {
  const client = useQueryClient();
  const { run_id: runId, experiment_id: experimentId } = details.run;
  const query = useQuery({
    queryKey: ["run-models", runId, ids],
    queryFn: async ({ signal }) => {
      const made = await findModels(
        {
          experiment_ids: [experimentId],
          filter: `attributes.source_run_id = '${runId}'`,
          max_results: MOST_MADE,
        },
        signal,
      );
      const found = new Map(made.models.map((model) => [model.info.model_id, model]));
      const others = ids.filter((id) => !found.has(id)).slice(0, MOST_OTHERS);
      // One that is gone, or on another server, is shown by its id.
      for (const other of await Promise.allSettled(others.map((id) => getModel(id, signal))))
        if (other.status === "fulfilled") found.set(other.value.info.model_id, other.value);
      return found;
    },
    placeholderData: (before) => before,
    structuralSharing: false,
  });
  const known = query.data ?? (query.error ? NONE : null);
  useLive(
    experimentId,
    (changes) => changes.logged_models.some((one) => known?.has(one.model_id) || one.what.includes("created")),
    () => void client.invalidateQueries({ queryKey: ["run-models", runId] }, { cancelRefetch: false }),
    LIVE_MS,
  );
  return known;
}

const NONE: ReadonlyMap<string, LoggedModel> = new Map();

export function Models({ details }: { details: RunDetails }) {
  const t = useText();
  const runId = details.run.run_id;
  const made = details.outputs.model_outputs ?? [];
  const used = details.inputs.model_inputs ?? [];
  const known = useModels(details, [...new Set([...made, ...used].map((one) => one.model_id))]);
  // Names take the place of nothing, not of ids.
  if (!known) return null;
  const relations = new Map<string, string[]>();
  const add = (id: string, relation: string) => relations.set(id, [...(relations.get(id) ?? []), relation]);
  for (const { model_id: id, step } of [...made].sort((a, b) => (a.step ?? 0) - (b.step ?? 0)))
    add(id, step ? t.run.modelMadeAt(step) : t.run.modelMade);
  for (const { model_id: id } of used) add(id, t.run.modelUsed);
  for (const [id, model] of known)
    if (model.info.source_run_id === runId && !relations.has(id)) add(id, t.run.modelMade);
  const rows = [...relations].map(([id, relations]): Row => {
    const model = known.get(id) ?? null;
    return { key: model?.info.name || id, id, model, relations, source: model && modelSource(model) };
  });
  const historic = readModels(tagValue(details.tags, "mlflow.log-model.history")).filter(
    (model) => !relations.has(model.id),
  );
  return (
    <>
      {rows.length > 0 && <LoggedModels rows={rows} />}
      {historic.length > 0 && (
        <Section title={rows.length > 0 ? t.run.modelFiles : t.run.models}>
          <Stack gap="xs">
            {historic.map((model) => (
              <Historic key={model.path} runId={runId} model={model} />
            ))}
          </Stack>
        </Section>
      )}
    </>
  );
}

const idOf = (row: Row) => row.id;
const textOf = ({ id, model }: Row) => `${id}\n${model?.info.model_type ?? ""}`;

function LoggedModels({ rows }: { rows: readonly Row[] }) {
  const t = useText();
  const withType = rows.some((row) => row.model?.info.model_type);
  const withActions = rows.some((row) => row.source !== null);
  const withMetrics = rows.some((row) => row.model && row.model.data.metrics.length > 0);
  return (
    <KeyTable
      title={t.run.models}
      items={rows}
      id={idOf}
      text={textOf}
      searchLabel={t.run.searchModels}
      empty=""
      columns={3 + Number(withType) + Number(withMetrics) + Number(withActions)}
      head={
        <tr>
          <th scope="col">{t.common.name}</th>
          <th scope="col">{t.run.status}</th>
          {withType && <th scope="col">{t.models.type}</th>}
          <th scope="col">{t.run.modelRelation}</th>
          {withMetrics && <th scope="col">{t.run.metrics}</th>}
          {withActions && (
            <th scope="col">
              <span className="unseen">{t.experiments.actions}</span>
            </th>
          )}
        </tr>
      }
      row={({ key, id, model, relations, source }) => (
        <>
          <th scope="row">
            {model ? (
              <Link
                to="/experiments/$ids/models/$modelId"
                params={{ ids: model.info.experiment_id, modelId: id }}
                search={{}}
              >
                <KeyText text={key} />
              </Link>
            ) : (
              <Group gap="xs" wrap="nowrap">
                <span className="mono">{id}</span>
                <CopyButton text={id} size="xs" />
              </Group>
            )}
          </th>
          <td>
            {model &&
              (model.info.lifecycle_stage === "deleted" ? (
                <Text span inherit c="dimmed">
                  {t.common.deleted}
                </Text>
              ) : (
                <Status status={model.info.status} />
              ))}
          </td>
          {withType && <td>{model?.info.model_type}</td>}
          <td>{relations.join(" / ")}</td>
          {withMetrics && <td>{model && metricsText(model)}</td>}
          {withActions && <td>{source && <RegisterButton source={source} of={key} />}</td>}
        </>
      )}
    />
  );
}

/** The latest values of a few metrics. */
function metricsText(model: LoggedModel): string {
  const latest = latestMetrics(model.data.metrics);
  const shown = latest
    .slice(0, METRICS)
    .map(
      ({ key, value, dataset_name: dataset }) =>
        `${key} ${formatNumber(toNumber(value))}${dataset ? ` (${dataset})` : ""}`,
    );
  return shown.join(", ") + (latest.length > METRICS ? ", …" : "");
}

/** A model that is nothing but files of the run. */
function Historic({ runId, model }: { runId: string; model: HistoricModel }) {
  const t = useText();
  return (
    <Paper withBorder p="sm">
      <Group gap="xs" mb={4}>
        <Link to="/runs/$runId" params={{ runId }} search={{ tab: "artifacts", path: model.path }}>
          {model.path}
        </Link>
        {model.flavors.map((flavor) => (
          <Badge key={flavor} variant="light" color="gray" tt="none">
            {flavor}
          </Badge>
        ))}
        <RegisterButton source={runSource(runId, model.path)} of={model.path} />
      </Group>
      <Facts
        facts={[
          { label: t.experiments.created, value: model.created && `${model.created} UTC` },
          { label: t.experiments.id, value: <span className="mono">{model.id}</span>, copy: model.id },
          ...(model.bytes === null ? [] : [{ label: t.run.size, value: formatBytes(model.bytes) }]),
          ...signatureLines(model.signature).map(([part, value]) => ({
            label: t.models.parts[part],
            value: <LongText text={value} />,
          })),
        ]}
      />
    </Paper>
  );
}
