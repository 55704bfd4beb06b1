/** A list without runs: why, and what to do. */

import { Button, Text } from "@mantine/core";
import { FirstRun } from "../../components/first-run";
import { EmptyState, Pending } from "../../components/states";
import { useText } from "../../i18n";
import { useRunsSearch } from "../../state/runs";

interface NoRunsProps {
  /** Undefined while it is not known. */
  experimentName: string | undefined;
  /** Whether the filter can not be read. */
  wrongFilter: boolean;
}

export function NoRuns({ experimentName, wrongFilter }: NoRunsProps) {
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
  if (experimentName === undefined) return <Pending />;
  return <FirstRun title={t.runs.emptyTitle} experiment={experimentName} />;
}
