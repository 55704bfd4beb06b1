/** Which experiments a page is of, and the ways to look at what is in them. */

import { Tabs } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../api/client";
import { getExperiment } from "../api/endpoints";
import type { Experiment } from "../api/types";
import { useText } from "../i18n";
import { useCommands } from "../state/commands";
import { EXPERIMENT_TABS, type ExperimentTab, useOpenTab } from "../state/experiment-tabs";
import { useNarrow } from "../state/narrow";
import { pageKeys } from "../state/page-keys";
import classes from "./experiment-head.module.css";
import { Icon } from "./icons";
import { ErrorState, Pending } from "./states";
import { TabStrip } from "./tab-strip";

export interface Experiments {
  title: string;
  first: Experiment | undefined;
  /** That one of them is not there. */
  error: ApiError | null;
  /** Why the first one is not known; null while nothing failed. */
  failure: Error | null;
  /** Asks for the first one again. */
  retry: () => void;
}

export function useExperiments(ids: readonly string[]): Experiments {
  const t = useText();
  const experiments = useQueries({
    queries: ids.map((id) => ({
      queryKey: ["experiment", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => getExperiment(id, signal),
      staleTime: 30_000,
    })),
  });
  const first = experiments[0]?.data;
  const error = experiments.map((one) => one.error).find((one) => one instanceof ApiError && one.status < 500);
  return {
    title: ids.length === 1 ? (first?.name ?? "…") : t.runs.experimentsTitle(ids.length),
    first,
    error: error instanceof ApiError ? error : null,
    failure: experiments[0]?.error ?? null,
    retry: () => experiments[0]?.refetch(),
  };
}

/** What is shown until it is known of which experiment a page is. */
export function AwaitedExperiment({ experiments: { failure, retry } }: { experiments: Experiments }) {
  return failure ? <ErrorState error={failure} retry={retry} /> : <Pending />;
}

export function ExperimentHead({ ids, title, tab }: { ids: readonly string[]; title: string; tab: ExperimentTab }) {
  const t = useText();
  const narrow = useNarrow();
  const open = useOpenTab(ids.join(","));
  useCommands(pageKeys.runs(t).tabs.map((key) => ({ ...key, run: () => open(key.tab) })));
  return (
    <div className={classes.top}>
      <title>{`${title} · kiseki`}</title>
      <nav className={classes.crumbs} aria-label={t.common.experiments}>
        <Link to="/experiments" search={{}}>
          {t.common.experiments}
        </Link>
        <Icon name="right" size={10} />
        <h1 className={classes.title}>{title}</h1>
      </nav>
      <Tabs
        value={tab}
        onChange={(value) => open(value as ExperimentTab)}
        variant="pills"
        className={classes.tabs ?? ""}
      >
        <TabStrip label={t.runs.tabsLabel} open={tab}>
          {EXPERIMENT_TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {narrow ? (t.runs.shortTabs[one] ?? t.runs.tabs[one]) : t.runs.tabs[one]}
            </Tabs.Tab>
          ))}
        </TabStrip>
      </Tabs>
    </div>
  );
}
