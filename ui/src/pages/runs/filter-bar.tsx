/** The filter of runs. */

import { memo, useCallback } from "react";
import type { ApiError } from "../../api/client";
import type { ColumnsAnswer } from "../../api/types";
import { FilterBar } from "../../components/filter-bar";
import { useText } from "../../i18n";
import { complete, RUN_FIELDS, toFilter } from "../../lib/filter";
import { useNarrow } from "../../state/narrow";
import { useRunsSearch } from "../../state/runs";

export const RunFilter = memo(function RunFilter({
  inventory,
  error,
}: {
  inventory: ColumnsAnswer | undefined;
  error: ApiError | null;
}) {
  const t = useText();
  const [search, change] = useRunsSearch();
  const narrow = useNarrow();
  const completed = useCallback(
    (text: string, caret: number) => complete(text, caret, inventory, RUN_FIELDS),
    [inventory],
  );
  return (
    <FilterBar
      id="runs-filter"
      placeholder={narrow ? t.runs.filterPlaceholderShort : t.runs.filterPlaceholder}
      applied={search.q ?? ""}
      onApply={(q) => change({ q })}
      complete={completed}
      countText={t.common.runsCount}
      help={t.runs.filterHelpLines}
      error={error}
      asked={toFilter(search.q ?? "", RUN_FIELDS)}
    />
  );
});
