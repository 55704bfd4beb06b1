/** A run among those that it comes of and those that come of it. */

import { Alert, Text } from "@mantine/core";
import { useMemo } from "react";
import type { RunDetails } from "../../api/types";
import { FamilyTree } from "../../components/reproducibility/family-tree";
import { EmptyState, ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { familyTrees } from "../../lib/reproducibility/family";
import { MAX_FAMILY, useFamily } from "../../state/family";
import own from "./run.module.css";

export function FamilyTab({ details }: { details: RunDetails }) {
  const t = useText().reproducibility;
  const { data, error, refetch } = useFamily(details);
  const trees = useMemo(() => familyTrees(data?.runs ?? []), [data]);
  if (!data) return error ? <ErrorState error={error} retry={() => void refetch()} /> : <RowsSkeleton rows={6} />;
  if (data.runs.length === 1)
    return (
      <EmptyState title={t.aloneTitle}>
        <Text size="sm">{t.aloneText}</Text>
      </EmptyState>
    );
  return (
    <div className={own.family}>
      <Text size="sm" c="dimmed" mb="xs">
        {t.familyText}
      </Text>
      {!data.whole && (
        <Alert color="yellow" mb="xs">
          {t.familyCut(MAX_FAMILY)}
        </Alert>
      )}
      <FamilyTree trees={trees} current={details.run.run_id} />
    </div>
  );
}
