/** One version of a registered model: what it takes and gives, where it is from, what is in it and how it is used. */

import { Tabs, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { lazy, Suspense, useState } from "react";
import { versionOwner } from "../api/artifacts";
import type { ModelVersion } from "../api/types";
import classes from "../components/details/details.module.css";
import { isUnknown, Unknown } from "../components/registry/unknown";
import { EmptyState, ErrorState, Pending, RowsSkeleton } from "../components/states";
import { TabStrip } from "../components/tab-strip";
import { useText } from "../i18n";
import { useCommands } from "../state/commands";
import { pageKeys } from "../state/page-keys";
import { useVersion } from "../state/registered-model";
import { useVersionParams, useVersionSearch, VERSION_TABS, type VersionTab } from "../state/registry";
import { VersionHeader } from "./model-version/header";
import { Overview } from "./model-version/overview";

const MoveDialog = lazy(async () => ({ default: (await import("../components/registry/move-dialog")).MoveDialog }));
const LineageTab = lazy(async () => ({ default: (await import("./model-version/lineage")).LineageTab }));
const Artifacts = lazy(async () => ({ default: (await import("../components/artifacts")).Artifacts }));

export function ModelVersionPage() {
  const { name, version } = useVersionParams();
  const t = useText();
  const { data, error, refetch } = useVersion(name, version);
  useDocumentTitle(`${name} ${t.registry.version(version)} · kiseki`);
  if (isUnknown(error)) return <Unknown name={name} version={version} />;
  if (data) return <Version key={`${name}/${version}`} version={data} />;
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  return <RowsSkeleton rows={12} />;
}

function Version({ version }: { version: ModelVersion }) {
  const t = useText();
  const [search, change] = useVersionSearch();
  const [moving, setMoving] = useState(false);
  const tab = search.tab ?? "overview";
  const show = (next: VersionTab, path?: string) => change({ tab: next === "overview" ? undefined : next, path });
  const keys = pageKeys.modelVersion(t);
  useCommands([
    ...keys.tabs.map((key) => ({ ...key, run: () => show(key.tab, search.path) })),
    { ...keys.move, run: () => setMoving(true) },
  ]);
  return (
    <div className={classes.page}>
      <VersionHeader version={version} onMove={() => setMoving(true)} />
      <Tabs
        value={tab}
        onChange={(value) => {
          const next = VERSION_TABS.find((one) => one === value);
          if (next) show(next, search.path);
        }}
        keepMounted={false}
        className={classes.tabs}
        classNames={{ panel: classes.panel ?? "" }}
      >
        <div className={classes.tabList}>
          <TabStrip label={t.registry.versionParts} open={tab}>
            {VERSION_TABS.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {t.registry.versionTabs[one]}
              </Tabs.Tab>
            ))}
          </TabStrip>
        </div>
        <Tabs.Panel value="overview">
          <Overview version={version} onFile={(path) => show("files", path)} />
        </Tabs.Panel>
        <Tabs.Panel value="lineage">
          <Suspense fallback={<Pending />}>
            <LineageTab name={version.name} version={version.version} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="files">
          <Suspense fallback={<Pending />}>
            <Artifacts
              owner={versionOwner(version.name, version.version)}
              live={false}
              path={search.path ?? ""}
              onPath={(path) => change({ path: path || undefined })}
              empty={
                <EmptyState title={t.models.noFiles}>
                  <Text size="sm">{t.registry.noFilesText}</Text>
                </EmptyState>
              }
            />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
      <Suspense>
        {moving && <MoveDialog name={version.name} version={version.version} onClose={() => setMoving(false)} />}
      </Suspense>
    </div>
  );
}
