/** A list without runs: why, and what to do. */

import { Button, Text } from "@mantine/core";
import { Snippet } from "../../components/snippet";
import { EmptyState } from "../../components/states";
import { useText } from "../../i18n";
import { useRunsSearch } from "../../state/runs";

export function NoRuns({ experimentName }: { experimentName: string }) {
  const t = useText();
  const [search, change] = useRunsSearch();
  if (search.q)
    return (
      <EmptyState
        title={t.runs.noMatchTitle}
        action={<Button onClick={() => change({ q: undefined })}>{t.runs.filterClear}</Button>}
      >
        <Text>{t.runs.noMatchText}</Text>
      </EmptyState>
    );
  if (search.stage === "deleted") return <EmptyState title={t.runs.noDeletedTitle} />;
  const server = document.baseURI.replace(/\/$/, "");
  return (
    <EmptyState title={t.runs.emptyTitle}>
      <Text>{t.runs.emptyText}</Text>
      <Snippet
        code={[
          "import kiseki",
          "",
          `kiseki.set_tracking_uri(${JSON.stringify(server)})`,
          `kiseki.set_experiment(${JSON.stringify(experimentName)})`,
          "with kiseki.start_run():",
          '    kiseki.log_metric("loss", 0.1)',
        ].join("\n")}
      />
    </EmptyState>
  );
}
