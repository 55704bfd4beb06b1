/** One logged model: what it takes and gives, how good it is, what is in it and how it is used. */

import { Tabs, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { modelOwner } from "../api/artifacts";
import { ApiError } from "../api/client";
import type { LoggedModel } from "../api/types";
import classes from "../components/details/details.module.css";
import { EmptyState, ErrorState, Pending, RowsSkeleton } from "../components/states";
import { TabStrip } from "../components/tab-strip";
import { useText } from "../i18n";
import { isExternal } from "../lib/models/external";
import { useCommands } from "../state/commands";
import { type ModelTab, useModelParams, useModelSearch } from "../state/model";
import { pageKeys } from "../state/page-keys";
import { useModel, useModelActions } from "./model/data";
import { ModelHeader, UnknownModel } from "./model/header";
import { Overview } from "./model/overview";

const Artifacts = lazy(() => import("../components/artifacts").then((module) => ({ default: module.Artifacts })));

export function ModelPage() {
  const { modelId } = useModelParams();
  const { data, error, refetch } = useModel(modelId);
  useDocumentTitle(`${data?.info.name ?? modelId.slice(0, 10)} · kiseki`);
  if (data) return <Model key={modelId} model={data} />;
  if (error instanceof ApiError && (error.status === 404 || error.status === 400))
    return <UnknownModel modelId={modelId} />;
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  return <RowsSkeleton rows={12} />;
}

/** A link may name another experiment than the model's. */
function useOwnExperiment({ info }: LoggedModel) {
  const navigate = useNavigate();
  const { ids } = useModelParams();
  useEffect(() => {
    if (ids === info.experiment_id) return;
    void navigate({
      to: "/experiments/$ids/models/$modelId",
      params: { ids: info.experiment_id, modelId: info.model_id },
      search: true,
      replace: true,
    });
  }, [ids, info, navigate]);
}

function Model({ model }: { model: LoggedModel }) {
  const t = useText();
  const [search, change] = useModelSearch();
  const actions = useModelActions(model);
  useOwnExperiment(model);
  const tab = search.tab ?? "overview";
  const show = (next: ModelTab, path?: string) => change({ tab: next === "overview" ? undefined : next, path });
  useCommands([
    ...pageKeys.model(t).tabs.map((key) => ({ ...key, run: () => show(key.tab, search.path) })),
    model.info.lifecycle_stage === "deleted"
      ? { id: "model-restore", label: t.models.restore, run: () => void actions.restore() }
      : { id: "model-delete", label: t.models.remove, run: () => void actions.remove() },
  ]);
  return (
    <div className={classes.page}>
      <ModelHeader model={model} actions={actions} />
      <Tabs
        value={tab}
        onChange={(next) => (next === "overview" || next === "artifacts") && show(next, search.path)}
        keepMounted={false}
        className={classes.tabs}
        classNames={{ panel: classes.panel ?? "" }}
      >
        <div className={classes.tabList}>
          <TabStrip label={t.models.tabs} open={tab}>
            <Tabs.Tab value="overview">{t.models.overview}</Tabs.Tab>
            <Tabs.Tab value="artifacts">{t.models.artifacts}</Tabs.Tab>
          </TabStrip>
        </div>
        <Tabs.Panel value="overview">
          <Overview model={model} actions={actions} onFile={(path) => show("artifacts", path)} />
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <Suspense fallback={<Pending />}>
            <Artifacts
              owner={modelOwner(model.info.model_id)}
              live={model.info.status === "LOGGED_MODEL_PENDING"}
              path={search.path ?? ""}
              onPath={(path) => change({ path: path || undefined })}
              empty={
                <EmptyState title={t.models.noFiles}>
                  <Text size="sm">
                    {isExternal(model.info.tags ?? []) ? t.models.noFileElsewhere : t.models.noFilesText}
                  </Text>
                </EmptyState>
              }
            />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
