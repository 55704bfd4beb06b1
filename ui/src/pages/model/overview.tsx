/** All that is known of a logged model but its files. */

import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { besideUrl, modelOwner } from "../../api/artifacts";
import type { LoggedModel } from "../../api/types";
import classes from "../../components/details/details.module.css";
import { LongText } from "../../components/details/long-text";
import { Params } from "../../components/details/params";
import { Facts, Section } from "../../components/details/section";
import { Status } from "../../components/details/status";
import { Tags } from "../../components/details/tags";
import { KeyText } from "../../components/key-text";
import { Flavors } from "../../components/model/flavors";
import { ModelInside } from "../../components/model/inside";
import { Requirements } from "../../components/model/requirements";
import { Note } from "../../components/note";
import { Snippets } from "../../components/snippet";
import { ErrorState, RowsSkeleton } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { formatBytes, formatTime } from "../../lib/format";
import { isExternal } from "../../lib/models/external";
import { askModel, loadModel, modelUri, serveModel } from "../../lib/models/load-snippets";
import type { ModelFile } from "../../lib/models/mlmodel";
import { serverAddress } from "../../lib/snippets";
import { readSource } from "../../lib/source";
import { NOTE_TAG, tagValue } from "../../lib/tags";
import { type ModelFiles, useModelFiles } from "../../state/model-files";
import { useRegisteredAs } from "../../state/registered-model";
import type { ModelActions } from "./data";
import { useRunName } from "./header";
import { Metrics } from "./metrics";
import own from "./model.module.css";

export interface OverviewProps {
  model: LoggedModel;
  actions: ModelActions;
  /** Opens a file. */
  onFile: (path: string) => void;
}

export function Overview({ model, actions, onFile }: OverviewProps) {
  const t = useText();
  const { info, data } = model;
  const tags = info.tags ?? [];
  const readOnly = info.lifecycle_stage === "deleted";
  const files = useModelFiles(modelOwner(info.model_id), info.status !== "LOGGED_MODEL_PENDING");
  const file = files.data?.file;
  const known = file && file !== "unread" ? file : null;
  const external = isExternal(tags);
  const owner = modelOwner(info.model_id);
  const image = useCallback((path: string) => besideUrl(owner, "", path), [owner]);
  return (
    <div className={classes.overview}>
      <div className={classes.main}>
        <Section title={t.run.note.title}>
          <Note
            text={tagValue(tags, NOTE_TAG)}
            onSave={(text) => actions.setTag(NOTE_TAG, text)}
            readOnly={readOnly}
            image={image}
          />
        </Section>
        <Metrics metrics={data.metrics} sourceRunId={info.source_run_id} />
        {files.error ? (
          <ErrorState error={files.error} retry={() => void files.refetch()} />
        ) : !files.data ? (
          <RowsSkeleton rows={4} />
        ) : known ? (
          <ModelInside owner={owner} file={known} names={files.data.names} />
        ) : (
          <Section title={t.artifacts.signature}>
            <Text size="sm" c="dimmed">
              {external ? t.models.noFileElsewhere : file === "unread" ? t.models.unread : t.models.noFile}{" "}
              {file === "unread" && !external && (
                <Anchor component="button" type="button" size="sm" onClick={() => onFile("MLmodel")}>
                  {t.models.openFile}
                </Anchor>
              )}
            </Text>
          </Section>
        )}
        {info.status === "LOGGED_MODEL_READY" && !external && <UseModel model={model} files={files.data} />}
        <Params params={data.params} />
      </div>
      <div className={classes.side}>
        <Details model={model} file={known} />
        <Tags tags={tags} onSet={actions.setTag} onDelete={actions.deleteTag} readOnly={readOnly} />
        {known && <Flavors flavors={known.flavors} />}
        {files.data?.requirements && <Requirements text={files.data.requirements} />}
        {known && known.metadata.length > 0 && (
          <Section title={t.models.metadata}>
            <Facts facts={known.metadata.map(([label, value]) => ({ label, value: <LongText text={value} /> }))} />
          </Section>
        )}
      </div>
    </div>
  );
}

function Details({ model: { info }, file }: { model: LoggedModel; file: ModelFile | null }) {
  const t = useText();
  const language = useLanguage();
  const runName = useRunName(info.source_run_id);
  const tags = info.tags ?? [];
  const script = readSource(tags).name;
  const registered = useRegisteredAs(info.model_id).data ?? [];
  return (
    <Section title={t.run.details}>
      <Facts
        facts={[
          { label: t.run.status, value: <Status status={info.status} /> },
          { label: t.models.statusMessage, value: info.status_message && <LongText text={info.status_message} /> },
          { label: t.models.id, value: <span className={own.id}>{info.model_id}</span>, copy: info.model_id },
          { label: t.models.type, value: info.model_type },
          { label: t.models.user, value: tagValue(tags, "mlflow.user") },
          { label: t.models.logged, value: formatTime(info.creation_timestamp_ms, language) },
          {
            label: t.models.updated,
            value:
              info.last_updated_timestamp_ms === info.creation_timestamp_ms
                ? ""
                : formatTime(info.last_updated_timestamp_ms, language),
          },
          {
            label: t.models.sourceRun,
            value: info.source_run_id && (
              <Link to="/runs/$runId" params={{ runId: info.source_run_id }} search={{}}>
                {runName}
              </Link>
            ),
          },
          {
            label: t.registry.registeredAs,
            value:
              registered.length > 0 &&
              registered.map(({ name, version }) => (
                <div key={`${name}/${version}`}>
                  <Link to="/models/$name/versions/$version" params={{ name, version }} search={{}}>
                    {name} {t.registry.version(version)}
                  </Link>
                </div>
              )),
          },
          {
            label: t.models.script,
            value: script && (
              <span className="mono">
                <KeyText text={script} />
              </span>
            ),
          },
          { label: t.models.size, value: file?.size && formatBytes(file.size) },
          { label: t.artifacts.kisekiVersion, value: file?.kisekiVersion },
          { label: t.artifacts.mlflowVersion, value: file?.mlflowVersion },
          { label: t.models.python, value: file?.pythonVersion },
          {
            label: t.run.artifactUri,
            value: <span className={own.id}>{info.artifact_uri}</span>,
            copy: info.artifact_uri,
          },
        ]}
      />
    </Section>
  );
}

function UseModel({ model, files }: { model: LoggedModel; files: ModelFiles | undefined }) {
  const t = useText();
  const server = serverAddress(document.baseURI);
  const file = files?.file;
  const uri = modelUri(model.info.model_id);
  const loaded = {
    uri,
    flavors: file && file !== "unread" ? file.flavors.map((flavor) => flavor.name) : [],
  };
  return (
    <Section title={t.models.use}>
      <Snippets
        snippets={[
          { name: "kiseki", code: loadModel("kiseki", server, loaded) },
          { name: "MLflow", code: loadModel("mlflow", server, loaded) },
          { name: t.models.useCli, code: serveModel(server, uri) },
          { name: t.models.useHttp, code: askModel(files?.request ?? ""), text: t.models.useHttpText },
        ]}
      />
    </Section>
  );
}
