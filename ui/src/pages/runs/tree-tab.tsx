/** The runs of the list that come of each other, as trees. */

import { Text } from "@mantine/core";
import { useMemo } from "react";
import { FamilyTree } from "../../components/reproducibility/family-tree";
import { EmptyState, Pending } from "../../components/states";
import { useText } from "../../i18n";
import { familyTrees } from "../../lib/reproducibility/family";
import { FAMILY_COLUMNS, ofListed } from "../../state/family";
import { MANY_RUNS, type RunList, useManyRuns } from "../../state/run-list";
import classes from "./runs.module.css";

export default function TreeTab({ list }: { list: RunList }) {
  const t = useText();
  useManyRuns(list);
  const { runs, total } = list;
  const trees = useMemo(() => familyTrees(runs.map(ofListed)).filter(({ below }) => below.length > 0), [runs]);
  // What came for another tab does not say what comes of what.
  if (
    list.loading ||
    !FAMILY_COLUMNS.every(list.has) ||
    (trees.length === 0 && (list.stale || (list.hasMore && runs.length < MANY_RUNS)))
  )
    return <Pending />;
  return (
    <div className={classes.analysis}>
      {runs.length < total && (
        <Text size="xs" c="dimmed" role="status">
          {t.runs.analysisPartly(runs.length, total)}
        </Text>
      )}
      {trees.length === 0 ? (
        <EmptyState title={t.reproducibility.noTreeTitle}>
          <Text size="sm">{t.reproducibility.noTreeText}</Text>
        </EmptyState>
      ) : (
        <>
          <Text size="sm" c="dimmed" mb="xs">
            {t.reproducibility.treeText}
          </Text>
          <FamilyTree trees={trees} current="" />
        </>
      )}
    </div>
  );
}
