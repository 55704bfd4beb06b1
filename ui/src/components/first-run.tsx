/** How the first run comes here: code with this server's own address. */

import { Paper, Stack, Text, Title } from "@mantine/core";
import { useText } from "../i18n";
import { firstRun, serverAddress, unchangedScript } from "../lib/snippets";
import { Snippets } from "./snippet";
import classes from "./states.module.css";

export function FirstRun({ title, experiment }: { title: string; experiment?: string }) {
  const t = useText();
  const server = serverAddress(document.baseURI);
  return (
    <Paper withBorder p="lg" className={classes.first}>
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        <Text size="sm">{t.experiments.firstText}</Text>
        <Snippets
          snippets={[
            { name: "kiseki", code: firstRun("kiseki", server, experiment) },
            { name: "MLflow", code: firstRun("mlflow", server, experiment) },
            {
              name: t.experiments.firstUnchanged,
              code: unchangedScript(server, experiment),
              text: t.experiments.firstUnchangedText,
            },
          ]}
        />
      </Stack>
    </Paper>
  );
}
