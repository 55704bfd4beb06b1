/** All that is known of a version but the content of its files. */

import { Anchor, Select, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { besideUrl, versionOwner } from "../../api/artifacts";
import { ApiError } from "../../api/client";
import { getModel, getRun } from "../../api/endpoints";
import { deleteVersionTag, describeVersion, setVersionTag } from "../../api/registry";
import { type ModelVersion, type RunDetails, toNumber, type VersionFile } from "../../api/types";
import { CopyButton } from "../../components/copy-button";
import classes from "../../components/details/details.module.css";
import { KeyTable } from "../../components/details/key-table";
import { LongText } from "../../components/details/long-text";
import { Params } from "../../components/details/params";
import { Facts, Section } from "../../components/details/section";
import { Tags } from "../../components/details/tags";
import { KeyText } from "../../components/key-text";
import { Flavors } from "../../components/model/flavors";
import { ModelInside } from "../../components/model/inside";
import { Requirements } from "../../components/model/requirements";
import { Note } from "../../components/note";
import { Snippets } from "../../components/snippet";
import { ErrorState, RowsSkeleton } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { columnFormat, formatBytes, formatTime } from "../../lib/format";
import { askModel, loadModel, serveModel } from "../../lib/models/load-snippets";
import type { ModelFile } from "../../lib/models/mlmodel";
import { sourcesOf } from "../../lib/registry/lineage";
import { aliasUri, dockerModel, imageName, versionUri } from "../../lib/registry/snippets";
import { serverAddress } from "../../lib/snippets";
import { type ModelFiles, useModelFiles } from "../../state/model-files";
import { refreshModel, useVersionFiles, useVersionLineage } from "../../state/registered-model";
import own from "./model-version.module.css";

const DIGEST_CHARS = 12;

/** Files elsewhere are not for this server to read: it says so. */
const isRefused = (error: Error): boolean => error instanceof ApiError && error.status < 500;

interface OverviewProps {
  version: ModelVersion;
  /** Opens a file. */
  onFile: (path: string) => void;
}

export function Overview({ version, onFile }: OverviewProps) {
  const t = useText();
  const client = useQueryClient();
  const { name, version: number, run_id: runId } = version;
  const owner = versionOwner(name, number);
  const files = useModelFiles(owner);
  const run = useQuery({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => getRun(runId, signal),
    enabled: runId !== "",
    staleTime: 30_000,
  });
  const file = files.data?.file;
  const known = file && file !== "unread" ? file : null;
  const image = useCallback((path: string) => besideUrl(owner, "", path), [owner]);
  const then = async (change: Promise<unknown>) => {
    await change;
    await refreshModel(client, name);
  };
  return (
    <div className={classes.overview}>
      <div className={classes.main}>
        <Section title={t.registry.description}>
          <Note text={version.description} onSave={(text) => then(describeVersion(name, number, text))} image={image} />
        </Section>
        {run.data && <RunMetrics run={run.data} />}
        {files.error && !isRefused(files.error) ? (
          <ErrorState error={files.error} retry={() => void files.refetch()} />
        ) : files.error ? (
          <Section title={t.artifacts.signature}>
            <Text size="sm" c="dimmed">
              {t.registry.filesElsewhere}
            </Text>
          </Section>
        ) : !files.data ? (
          <RowsSkeleton rows={4} />
        ) : known ? (
          <ModelInside owner={owner} file={known} names={files.data.names} />
        ) : (
          <Section title={t.artifacts.signature}>
            <Text size="sm" c="dimmed">
              {file === "unread" ? t.models.unread : t.registry.noModelFile}
            </Text>
          </Section>
        )}
        <UseVersion version={version} files={files.data} />
        <Files name={name} version={number} onFile={onFile} />
        {run.data && run.data.params.length > 0 && <Params params={run.data.params} />}
      </div>
      <div className={classes.side}>
        <Details version={version} run={run.data} file={known} />
        <Data name={name} version={number} />
        <Tags
          tags={version.tags}
          onSet={(key, value) => then(setVersionTag(name, number, key, value))}
          onDelete={(key) => then(deleteVersionTag(name, number, key))}
        />
        {known && <Flavors flavors={known.flavors} />}
        {files.data?.requirements && <Requirements text={files.data.requirements} />}
      </div>
    </div>
  );
}

function RunMetrics({ run }: { run: RunDetails }) {
  const t = useText();
  const metrics = run.metrics.filter((one) => !one.key.startsWith("system/"));
  if (metrics.length === 0) return null;
  const format = columnFormat(metrics.map((one) => toNumber(one.last)));
  return (
    <KeyTable
      title={t.registry.runMetrics}
      items={metrics}
      searchLabel={t.run.searchMetrics}
      empty=""
      columns={2}
      head={
        <tr>
          <th scope="col">{t.models.metric}</th>
          <th scope="col">{t.common.value}</th>
        </tr>
      }
      row={({ key, last }) => (
        <>
          <th scope="row">
            <KeyText text={key} />
          </th>
          <td title={String(last)}>{format(toNumber(last))}</td>
        </>
      )}
    />
  );
}

function Details({
  version,
  run,
  file,
}: {
  version: ModelVersion;
  run: RunDetails | undefined;
  file: ModelFile | null;
}) {
  const t = useText();
  const language = useLanguage();
  const { model_id: modelId, run_id: runId } = version;
  // Its page is that of its experiment.
  const model = useQuery({
    queryKey: ["model", modelId],
    queryFn: ({ signal }) => getModel(modelId, signal),
    enabled: modelId !== "",
    staleTime: 30_000,
  }).data;
  return (
    <Section title={t.run.details}>
      <Facts
        facts={[
          { label: t.run.status, value: t.registry.versionStatus[version.status] ?? version.status },
          {
            label: t.models.statusMessage,
            value: version.status_message && <LongText text={version.status_message} />,
          },
          {
            label: t.models.sourceRun,
            value: runId && (
              <Link to="/runs/$runId" params={{ runId }} search={{}}>
                {run?.run.run_name || runId.slice(0, DIGEST_CHARS)}
              </Link>
            ),
          },
          {
            label: t.registry.loggedModel,
            value:
              modelId &&
              (model ? (
                <Link
                  to="/experiments/$ids/models/$modelId"
                  params={{ ids: model.info.experiment_id, modelId }}
                  search={{}}
                >
                  {model.info.name || modelId}
                </Link>
              ) : (
                <span className="mono">{modelId}</span>
              )),
          },
          { label: t.models.user, value: version.user_id },
          { label: t.registry.registered, value: formatTime(version.creation_timestamp, language) },
          {
            label: t.models.updated,
            value:
              version.last_updated_timestamp === version.creation_timestamp
                ? ""
                : formatTime(version.last_updated_timestamp, language),
          },
          { label: t.models.size, value: file?.size && formatBytes(file.size) },
          { label: t.models.python, value: file?.pythonVersion },
          { label: t.artifacts.kisekiVersion, value: file?.kisekiVersion },
          { label: t.artifacts.mlflowVersion, value: file?.mlflowVersion },
          { label: t.registry.source, value: <span className={own.id}>{version.source}</span>, copy: version.source },
        ]}
      />
    </Section>
  );
}

/** The data sets that the version's run, or what it was made of, has seen. */
function Data({ name, version }: { name: string; version: string }) {
  const t = useText();
  const { data } = useVersionLineage(name, version);
  if (!data) return null;
  const datasets = sourcesOf(data, 0).filter((node) => node.kind === "dataset");
  return (
    <Section title={t.registry.data}>
      {datasets.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.registry.noData}
        </Text>
      ) : (
        <Facts
          facts={datasets.map(({ key, label, details }) => ({
            label: details.context ? `${label} (${details.context})` : label,
            value: <span className="mono">{key[2]}</span>,
            copy: key[2] ?? "",
          }))}
        />
      )}
    </Section>
  );
}

const pathOf = (file: VersionFile) => file.path;
const digestOf = (file: VersionFile) => file.sha256 ?? "";

function Files({ name, version, onFile }: { name: string; version: string; onFile: (path: string) => void }) {
  const t = useText();
  const { data, error, refetch } = useVersionFiles(name, version);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (data === undefined) return <RowsSkeleton rows={3} />;
  if (data === null)
    return (
      <Section title={t.registry.files}>
        <Text size="sm" c="dimmed">
          {t.registry.filesUnknown}
        </Text>
      </Section>
    );
  return (
    <KeyTable
      title={t.registry.files}
      items={data.map((file) => ({ ...file, key: file.path }))}
      id={pathOf}
      text={digestOf}
      searchLabel={t.artifacts.filter}
      empty={t.models.noFiles}
      columns={3}
      head={
        <tr>
          <th scope="col">{t.artifacts.path}</th>
          <th scope="col">{t.models.size}</th>
          <th scope="col">{t.registry.digest}</th>
        </tr>
      }
      row={({ path, size, sha256 }) => (
        <>
          <th scope="row">
            <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onFile(path)}>
              <KeyText text={path} />
            </Anchor>
          </th>
          <td>{formatBytes(size)}</td>
          <td>
            {sha256 && (
              <span className={classes.copyable}>
                <span className="mono" title={sha256}>
                  {sha256.slice(0, DIGEST_CHARS)}
                </span>
                <span className={classes.reveal}>
                  <CopyButton text={sha256} label={t.registry.copyDigest(path)} size="xs" />
                </span>
              </span>
            )}
          </td>
        </>
      )}
    />
  );
}

/** Code that uses the version by its number, or by an alias that may move on. */
function UseVersion({ version, files }: { version: ModelVersion; files: ModelFiles | undefined }) {
  const t = useText();
  const server = serverAddress(document.baseURI);
  const uris = [
    versionUri(version.name, version.version),
    ...version.aliases.map((alias) => aliasUri(version.name, alias)),
  ];
  const [chosen, setChosen] = useState<string | null>(null);
  const uri = uris.find((one) => one === chosen) ?? uris[0] ?? "";
  const file = files?.file;
  const loaded = { uri, flavors: file && file !== "unread" ? file.flavors.map((flavor) => flavor.name) : [] };
  return (
    <Section
      title={t.models.use}
      actions={
        uris.length > 1 && (
          <Select
            aria-label={t.registry.useBy}
            allowDeselect={false}
            ml="auto"
            value={uri}
            onChange={setChosen}
            data={uris}
          />
        )
      }
    >
      <Snippets
        snippets={[
          { name: "kiseki", code: loadModel("kiseki", server, loaded) },
          { name: "MLflow", code: loadModel("mlflow", server, loaded) },
          { name: t.models.useCli, code: serveModel(server, uri) },
          { name: t.models.useHttp, code: askModel(files?.request ?? ""), text: t.models.useHttpText },
          { name: t.registry.docker, code: dockerModel(server, uri, imageName(version.name, version.version)) },
        ]}
      />
    </Section>
  );
}
