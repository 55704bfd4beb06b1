/** A list without runs: why, and what to do. */

import { Button, Text } from "@mantine/core";
import { AwaitedExperiment, type Experiments } from "../../components/experiment-head";
import { FirstRun } from "../../components/first-run";
import { EmptyState } from "../../components/states";
import { useText } from "../../i18n";
import { useRunsSearch } from "../../state/runs";

interface NoRunsProps {
  experiments: Experiments;
  /** Whether the filter can not be read. */
  wrongFilter: boolean;
}

export function NoRuns({ experiments, wrongFilter }: NoRunsProps) {
  const t = useText();
  const [search, change] = useRunsSearch();
  if (search.q)
    return (
      <EmptyState
        title={wrongFilter ? t.runs.filterErrorTitle : t.runs.noMatchTitle}
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
  // Code without it would log elsewhere.
  if (!experiments.first) return <AwaitedExperiment experiments={experiments} />;
  return <FirstRun title={t.runs.emptyTitle} experiment={experiments.first.name} />;
}
