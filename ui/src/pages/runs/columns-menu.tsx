/** The choice of the table's columns, out of all params, metrics, tags and what every run has. */

import { memo } from "react";
import type { ColumnsAnswer } from "../../api/types";
import { ColumnsMenu } from "../../components/columns-menu";
import { useText } from "../../i18n";
import { columnId, columnName } from "../../lib/columns";
import { useRunsSearch } from "../../state/runs";

const ATTRIBUTES = ["start_time", "duration", "status", "user_id", "end_time", "run_id"];

export const RunColumnsMenu = memo(function RunColumnsMenu({
  columns,
  inventory,
  several,
}: {
  columns: readonly string[];
  inventory: ColumnsAnswer | undefined;
  several: boolean;
}) {
  const t = useText();
  const [search, change] = useRunsSearch();
  const isChosen = search.cols !== undefined;
  const of = (kind: "metrics" | "params" | "tags") => {
    // A metric is there once, whichever of its values the column has.
    const listed = (inventory?.[kind] ?? []).map((one) => columnId({ kind, key: one.key, aggregate: "last" }));
    const others = columns.filter((one) => one.startsWith(`${kind}.`) && !listed.includes(one));
    return [...others, ...listed];
  };
  const attributes = [...ATTRIBUTES, ...(several ? ["experiment_id"] : [])].map((key) => `attributes.${key}`);
  const sections = [
    ["attributes", attributes],
    ["metrics", of("metrics")],
    ["params", of("params")],
    ["tags", of("tags")],
  ] as const;
  return (
    <ColumnsMenu
      sections={sections.map(([kind, list]) => ({
        label: t.runs.kinds[kind],
        columns: list.map((id) => ({ id, name: columnName(id, t.runs) })),
      }))}
      chosen={isChosen || inventory ? columns : null}
      onChange={(cols) => change({ cols })}
    />
  );
});
