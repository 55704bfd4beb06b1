/** One registered model: its versions and aliases, who moved what, and what it asks for before something moves. */

import { Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { lazy, Suspense, useState } from "react";
import type { RegisteredModel } from "../api/types";
import classes from "../components/details/details.module.css";
import { isUnknown, Unknown } from "../components/registry/unknown";
import { ErrorState, Pending, RowsSkeleton } from "../components/states";
import { TabStrip } from "../components/tab-strip";
import { useText } from "../i18n";
import { useCommands } from "../state/commands";
import { pageKeys } from "../state/page-keys";
import { useRegisteredModel } from "../state/registered-model";
import { useMoves } from "../state/registered-models";
import { MODEL_TABS, useRegisteredModelName, useRegisteredModelSearch } from "../state/registry";
import { RegisteredModelHeader } from "./registered-model/header";
import { VersionsTab } from "./registered-model/versions-tab";

const MoveDialog = lazy(async () => ({ default: (await import("../components/registry/move-dialog")).MoveDialog }));
const History = lazy(async () => ({ default: (await import("./registered-model/history")).History }));
const RulesTab = lazy(async () => ({ default: (await import("./registered-model/rules")).RulesTab }));

export function RegisteredModelPage() {
  const name = useRegisteredModelName();
  const { data, error, refetch } = useRegisteredModel(name);
  useDocumentTitle(`${name} · kiseki`);
  if (isUnknown(error)) return <Unknown name={name} />;
  if (data) return <Model key={name} model={data} />;
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  return <RowsSkeleton rows={12} />;
}

function Model({ model }: { model: RegisteredModel }) {
  const t = useText();
  const { name } = model;
  const [search, change] = useRegisteredModelSearch();
  const [moving, setMoving] = useState<{ version?: string } | null>(null);
  const waiting = useMoves(name, { status: "WAITING" }).items;
  const tab = search.tab ?? "versions";
  const keys = pageKeys.registeredModel(t);
  const show = (next: (typeof MODEL_TABS)[number]) => change({ tab: next === "versions" ? undefined : next });
  const move = (version?: string) => setMoving(version === undefined ? {} : { version });
  useCommands([...keys.tabs.map((key) => ({ ...key, run: () => show(key.tab) })), { ...keys.move, run: () => move() }]);
  return (
    <div className={classes.page}>
      <RegisteredModelHeader model={model} onMove={() => move()} />
      <Tabs
        value={tab}
        onChange={(value) => {
          const next = MODEL_TABS.find((one) => one === value);
          if (next) show(next);
        }}
        keepMounted={false}
        className={classes.tabs}
        classNames={{ panel: classes.panel ?? "" }}
      >
        <div className={classes.tabList}>
          <TabStrip label={t.models.tabs} open={tab}>
            {MODEL_TABS.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {t.registry.modelTabs[one]}
              </Tabs.Tab>
            ))}
          </TabStrip>
        </div>
        <Tabs.Panel value="versions">
          <VersionsTab model={model} waiting={waiting} onMove={move} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <Suspense fallback={<Pending />}>
            <History name={name} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Suspense fallback={<Pending />}>
            <RulesTab name={name} aliases={model.aliases.map((one) => one.alias)} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
      <Suspense>
        {moving && <MoveDialog name={name} version={moving.version} onClose={() => setMoving(null)} />}
      </Suspense>
    </div>
  );
}
