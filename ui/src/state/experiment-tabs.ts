/** The tabs of experiments: ways to look at their runs, and their models; each is as it was when one comes back to it. */

import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import type { ModelsSearch } from "./models";
import type { RunsSearch, RunsTab } from "./runs";

export type ExperimentTab = RunsTab | "models";

export const EXPERIMENT_TABS: readonly ExperimentTab[] = [
  "table",
  "charts",
  "parallel",
  "scatter",
  "importance",
  "models",
  "tree",
];

interface Left {
  experiments: string;
  runs: RunsSearch;
  models: ModelsSearch;
}

/** What the tabs of the last experiments showed. */
let left: Left = { experiments: "", runs: {}, models: {} };

/** Keeps what a tab shows for when one comes back from another one. */
export function useKept(experiments: string, shown: { runs: RunsSearch } | { models: ModelsSearch }): void {
  useEffect(() => {
    left = { ...(left.experiments === experiments ? left : { runs: {}, models: {} }), experiments, ...shown };
  });
}

/** Opens another tab. */
export function useOpenTab(experiments: string): (tab: ExperimentTab) => void {
  const navigate = useNavigate();
  return (tab) => {
    const params = { ids: experiments };
    if (tab === "models") void navigate({ to: "/experiments/$ids/models", params, search: left.models });
    else
      void navigate({
        to: "/experiments/$ids",
        params,
        search: { ...left.runs, tab: tab === "table" ? undefined : tab },
        resetScroll: false,
      });
  };
}
