/** Choices for this browser, how clients connect, and what this server is. */

import { Anchor, Code, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { NATIVE, url } from "../api/client";
import { getMlflowVersion, getServerInfo } from "../api/endpoints";
import { type Choice, useLanguageChoice, useThemeChoice } from "../components/choices";
import { CopyButton } from "../components/copy-button";
import { KeyChips } from "../components/key-chips";
import { EverywhereKeys, KeyList } from "../components/keys";
import { PersonField } from "../components/person-field";
import { Snippets } from "../components/snippet";
import { useText } from "../i18n";
import { commandLine, serverAddress, training, unchangedScript } from "../lib/snippets";
import { type PageKey, pageKeys } from "../state/page-keys";
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
  return (
    <Part title={t.settings.appearance}>
      <Stack gap="md">
        <ChoiceControl choice={useLanguageChoice()} help={t.settings.languageHelp} />
        <ChoiceControl choice={useThemeChoice()} help={t.settings.themeHelp} />
        <PersonField />
      </Stack>
    </Part>
  );
}

function ChoiceControl({ choice, help }: { choice: Choice; help: string }) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {choice.label}
      </Text>
      <SegmentedControl
        aria-label={choice.label}
        value={choice.value}
        onChange={choice.choose}
        data={choice.options.map(({ value, label, lang }) => ({ value, label: <span lang={lang}>{label}</span> }))}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {help}
      </Text>
    </div>
  );
}

function Connect() {
  const t = useText();
  const server = serverAddress(document.baseURI);
  return (
    <Part title={t.settings.connect}>
      <Stack gap="sm">
        <Text size="sm">{t.settings.connectText}</Text>
        <Group gap="xs">
          <Text size="sm">
            <Text span inherit c="dimmed">
              {t.settings.address}
            </Text>{" "}
            <Code>{server}</Code>
          </Text>
          <CopyButton text={server} />
        </Group>
        <Snippets
          snippets={[
            { name: "kiseki", code: training("kiseki", server) },
            { name: "MLflow", code: training("mlflow", server) },
            {
              name: t.experiments.firstUnchanged,
              code: unchangedScript(server),
              text: t.experiments.firstUnchangedText,
            },
            { name: t.settings.commandLine, code: commandLine(server) },
          ]}
        />
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
        <dd>{info.data?.kiseki_version ?? (info.error ? "–" : "…")}</dd>
        <dt>{t.settings.mlflowVersion}</dt>
        <dd>{mlflow.data ?? (mlflow.error ? "–" : "…")}</dd>
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
  const pages: [string, Record<string, PageKey | PageKey[]>][] = [
    [t.experiments.title, pageKeys.experiments(t)],
    [t.runs.title, pageKeys.runs(t)],
    [t.models.title, pageKeys.models(t)],
    [t.settings.runKeys, pageKeys.run(t)],
    [t.settings.modelKeys, pageKeys.model(t)],
    [t.registry.title, pageKeys.registeredModels(t)],
    [t.settings.registeredModelKeys, pageKeys.registeredModel(t)],
    [t.settings.versionKeys, pageKeys.modelVersion(t)],
    [t.runs.compare, pageKeys.compare(t)],
  ];
  const [before, after] = t.settings.keysHint;
  return (
    <Part title={t.settings.keys}>
      <Stack gap="md">
        <EverywhereKeys />
        {pages.map(([title, keys]) => (
          <KeyList key={title} title={title} items={Object.values(keys).flat()} />
        ))}
        <Text size="sm" c="dimmed">
          {before}
          <KeyChips keys="?" />
          {after}
        </Text>
      </Stack>
    </Part>
  );
}
