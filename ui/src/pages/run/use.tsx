/** Code that uses what a run recorded. */

import { Tabs } from "@mantine/core";
import type { RunDetails } from "../../api/types";
import { Section } from "../../components/details/section";
import { Snippet } from "../../components/snippet";
import { useText } from "../../i18n";
import { checkOut, describeRun, readRun, serverAddress } from "../../lib/snippets";
import { readSource } from "../../lib/source";

export function UseRun({ details }: { details: RunDetails }) {
  const t = useText();
  const server = serverAddress(document.baseURI);
  const run = { id: details.run.run_id, experimentId: details.run.experiment_id, parent: details.children > 0 };
  const code = checkOut(readSource(details.tags));
  const snippets: [string, string][] = [
    ["kiseki", readRun("kiseki", server, run)],
    ["MLflow", readRun("mlflow", server, run)],
    [t.run.useCli, describeRun(server, run.id)],
    ...(code ? [[t.run.useCode, code] as [string, string]] : []),
  ];
  return (
    <Section title={t.run.use}>
      <Tabs defaultValue="kiseki" keepMounted={false}>
        <Tabs.List mb="xs">
          {snippets.map(([name]) => (
            <Tabs.Tab key={name} value={name} px="xs" py={6}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(([name, text]) => (
          <Tabs.Panel key={name} value={name}>
            <Snippet code={text} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Section>
  );
}
