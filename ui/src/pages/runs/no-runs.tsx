/** A list without runs: why, and what to do. */

import { Button, Text } from "@mantine/core";
import { FirstRun } from "../../components/first-run";
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
        action={
          <Button variant="light" onClick={() => change({ q: undefined })}>
            {t.runs.filterClear}
          </Button>
        }
      >
        <Text>{t.runs.noMatchText}</Text>
      </EmptyState>
    );
  if (search.stage === "deleted") return <EmptyState title={t.runs.noDeletedTitle} />;
  return <FirstRun title={t.runs.emptyTitle} experiment={experimentName} />;
}
