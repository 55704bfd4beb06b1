/** Choices for this browser, how clients connect, and what this server is. */

import { Anchor, Code, Group, SegmentedControl, Stack, Tabs, Text, Title, useMantineColorScheme } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId, useSyncExternalStore } from "react";
import { NATIVE, url } from "../api/client";
import { getMlflowVersion, getServerInfo } from "../api/endpoints";
import { CopyButton } from "../components/copy-button";
import { EverywhereKeys, KeyList } from "../components/keys";
import { Snippet } from "../components/snippet";
import { useText } from "../i18n";
import { commandLine, serverAddress, training, unchangedScript } from "../lib/snippets";
import { type LanguageChoice, preferences } from "../state/preferences";
import classes from "./settings.module.css";

export function SettingsPage() {
  const t = useText();
  useDocumentTitle(`${t.settings.title} · kiseki`);
  return (
    <div className={classes.page}>
      <Title order={1}>{t.settings.title}</Title>
      <div className={classes.grid}>
        <Stack gap="xl">
          <Appearance />
          <Connect />
        </Stack>
        <Stack gap="xl">
          <About />
          <KeyboardKeys />
        </Stack>
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={2} id={id} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Appearance() {
  const t = useText();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const language = useSyncExternalStore(preferences.subscribe, () => preferences.choice);
  return (
    <Part title={t.settings.appearance}>
      <Stack gap="md">
        <Choice label={t.common.language} help={t.settings.languageHelp}>
          <SegmentedControl
            aria-label={t.common.language}
            value={language}
            onChange={(choice) => preferences.choose(choice as LanguageChoice)}
            data={[
              { value: "auto", label: t.common.auto },
              { value: "en", label: <span lang="en">English</span> },
              { value: "ja", label: <span lang="ja">日本語</span> },
            ]}
          />
        </Choice>
        <Choice label={t.common.theme} help={t.settings.themeHelp}>
          <SegmentedControl
            aria-label={t.common.theme}
            value={colorScheme}
            onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)}
            data={[
              { value: "auto", label: t.common.auto },
              { value: "light", label: t.common.light },
              { value: "dark", label: t.common.dark },
            ]}
          />
        </Choice>
      </Stack>
    </Part>
  );
}

function Choice({ label, help, children }: { label: string; help: string; children: ReactNode }) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      {children}
      <Text size="xs" c="dimmed" mt={4}>
        {help}
      </Text>
    </div>
  );
}

function Connect() {
  const t = useText();
  const server = serverAddress(document.baseURI);
  const snippets: [string, string][] = [
    ["kiseki", training("kiseki", server)],
    ["MLflow", training("mlflow", server)],
    [t.experiments.firstUnchanged, unchangedScript(server)],
    [t.settings.commandLine, commandLine(server)],
  ];
  return (
    <Part title={t.settings.connect}>
      <Stack gap="sm">
        <Text size="sm">{t.settings.connectText}</Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {t.settings.address}
          </Text>
          <Code>{server}</Code>
          <CopyButton text={server} />
        </Group>
        <Tabs defaultValue="kiseki" keepMounted={false}>
          <Tabs.List mb="sm">
            {snippets.map(([name]) => (
              <Tabs.Tab key={name} value={name}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {snippets.map(([name, code]) => (
            <Tabs.Panel key={name} value={name}>
              <Snippet code={code} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Stack>
    </Part>
  );
}

function About() {
  const t = useText();
  const info = useQuery({ queryKey: ["server-info"], queryFn: ({ signal }) => getServerInfo(signal) });
  const mlflow = useQuery({ queryKey: ["mlflow-version"], queryFn: ({ signal }) => getMlflowVersion(signal) });
  return (
    <Part title={t.settings.about}>
      <dl className={classes.facts}>
        <dt>{t.settings.version}</dt>
        <dd>{info.data?.kiseki_version ?? "–"}</dd>
        <dt>{t.settings.mlflowVersion}</dt>
        <dd>{mlflow.data ?? "–"}</dd>
        <dt>{t.settings.api}</dt>
        <dd>
          <Anchor href={url(`${NATIVE}openapi.json`)} target="_blank" rel="noopener" inherit>
            {t.settings.openapi}
          </Anchor>
        </dd>
      </dl>
    </Part>
  );
}

function KeyboardKeys() {
  const t = useText();
  return (
    <Part title={t.settings.keys}>
      <Stack gap="md">
        <EverywhereKeys />
        <KeyList
          title={t.settings.experimentsKeys}
          items={[
            { keys: "/", label: t.experiments.searchLabel },
            { keys: "j", label: t.experiments.moveDown },
            { keys: "k", label: t.experiments.moveUp },
            { keys: "Enter", label: t.experiments.openKey },
            { keys: "x", label: t.experiments.selectKey },
            { keys: "c", label: t.experiments.newExperiment },
          ]}
        />
        <KeyList
          title={t.settings.runKeys}
          items={[
            { keys: "1", label: t.run.overview },
            { keys: "2", label: t.run.charts },
            { keys: "3", label: t.run.system },
            { keys: "4", label: t.run.artifacts },
          ]}
        />
        <Text size="sm" c="dimmed">
          {t.settings.keysHint}
        </Text>
      </Stack>
    </Part>
  );
}
