/** How the first run comes here: code with this server's own address. */

import { Paper, Stack, Tabs, Text, Title } from "@mantine/core";
import { Snippet } from "../../components/snippet";
import { useText } from "../../i18n";
import { firstRun, serverAddress, unchangedScript } from "../../lib/snippets";
import classes from "./page.module.css";

export function FirstRun() {
  const t = useText();
  const server = serverAddress(document.baseURI);
  return (
    <Paper withBorder p="lg" className={classes.first}>
      <Stack gap="sm">
        <Title order={2}>{t.experiments.firstTitle}</Title>
        <Text size="sm">{t.experiments.firstText}</Text>
        <Tabs defaultValue="kiseki" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="kiseki">kiseki</Tabs.Tab>
            <Tabs.Tab value="mlflow">MLflow</Tabs.Tab>
            <Tabs.Tab value="unchanged">{t.experiments.firstUnchanged}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="kiseki">
            <Snippet code={firstRun("kiseki", server)} />
          </Tabs.Panel>
          <Tabs.Panel value="mlflow">
            <Snippet code={firstRun("mlflow", server)} />
          </Tabs.Panel>
          <Tabs.Panel value="unchanged">
            <Stack gap="xs">
              <Text size="sm">{t.experiments.firstUnchangedText}</Text>
              <Snippet code={unchangedScript(server)} />
            </Stack>
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Paper>
  );
}
