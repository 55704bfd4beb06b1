/** The metrics of the runs that are switched on, beside the list that switches them. */

import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { ColumnsAnswer } from "../../api/types";
import { type ChartGroup, Panels } from "../../charts/panels/panels";
import { EmptyState, Pending } from "../../components/states";
import { useText } from "../../i18n";
import { groupColour } from "../../lib/colours";
import { groupRuns } from "../../lib/run-groups";
import { visibleIds } from "../../lib/visible";
import { cellOf, type RunList } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import classes from "./runs.module.css";
import { RunSidebar } from "./sidebar";

export interface ChartsTabProps {
  ids: readonly string[];
  list: RunList;
  columns: readonly string[];
  inventory: ColumnsAnswer | undefined;
}

export default function ChartsTab({ ids, list, columns, inventory }: ChartsTabProps) {
  const t = useText();
  const [search, change] = useRunsSearch();
  const shown = useMemo(() => {
    const visible = visibleIds(
      list.runs.map((run) => run.id),
      search,
    );
    return list.runs.filter((run) => visible.has(run.id));
  }, [list.runs, search]);
  const runs = useMemo(() => shown.map(({ id, name, colour }) => ({ id, name: name || id, colour })), [shown]);
  const { group } = list;
  // Of all runs, so that a group keeps its colour when others are switched off.
  const groups = useMemo((): ChartGroup[] | undefined => {
    if (!group) return undefined;
    return groupRuns(list.runs, (run) => cellOf(run, group)).map((one, i) => ({
      name: one.value === null ? t.runs.without : String(one.value),
      colour: groupColour(i),
      runIds: one.runs.map((run) => run.id),
    }));
  }, [list.runs, group, t]);
  const shownGroups = useMemo(() => {
    const ids = new Set(shown.map((run) => run.id));
    return groups
      ?.map((group) => ({ ...group, runIds: group.runIds.filter((id) => ids.has(id)) }))
      .filter((group) => group.runIds.length > 0);
  }, [groups, shown]);
  const keys = useMemo(() => inventory?.metrics.map((one) => one.key) ?? [], [inventory]);
  if (list.loading) return <Pending />;
  return (
    <div className={classes.split}>
      <RunSidebar list={list} columns={columns} groups={groups} />
      <div className={classes.charts}>
        {!inventory ? (
          <Pending />
        ) : keys.length === 0 ? (
          <EmptyState title={t.runs.noMetricsTitle}>
            <Text>{t.runs.noMetricsText}</Text>
          </EmptyState>
        ) : runs.length === 0 ? (
          <EmptyState title={t.runs.noVisible} />
        ) : (
          <Panels
            runs={runs}
            {...(shownGroups && { groups: shownGroups })}
            keys={keys}
            state={search}
            onChange={change}
            experimentIds={ids}
          />
        )}
      </div>
    </div>
  );
}
