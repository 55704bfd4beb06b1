/** All runs that match, with the columns that are shown, as a CSV file. */

import { findRuns } from "../../api/endpoints";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import { type CsvCell, csvText } from "../../lib/csv";
import { saveCsv } from "../../lib/files";
import { RUN_FIELDS, toFilter } from "../../lib/filter";
import type { RunsSearch } from "../../state/runs";
import { toasts } from "../../state/toasts";

const PAGE = 5_000;

export function useCsv(
  ids: readonly string[],
  search: RunsSearch,
  columns: readonly string[],
  total: number,
): () => Promise<void> {
  const t = useText();
  return async () => {
    const asked = columns.filter((one) => !one.startsWith("attributes."));
    const lines: CsvCell[][] = [
      ["run_id", "name", "experiment_id", "status", "user", "start_time", "end_time", ...asked],
    ];
    let token = "";
    try {
      do {
        const page = await findRuns({
          experiment_ids: [...ids],
          filter: toFilter(search.q ?? "", RUN_FIELDS),
          order_by: search.sort ? [search.sort] : [],
          view: search.stage ?? "active",
          columns: asked,
          max_results: PAGE,
          page_token: token,
        });
        for (const run of page.runs) {
          const times = [run.start_time, run.end_time].map((ms) => (ms ? new Date(ms).toISOString() : ""));
          lines.push([run.run_id, run.name, run.experiment_id, run.status, run.user, ...times, ...run.values]);
        }
        token = page.next_page_token;
        if (token) toasts.show({ text: t.runs.csvProgress(lines.length - 1, total) });
      } while (token);
    } catch (error) {
      toasts.show({ text: errorText(error, t), kind: "error" });
      return;
    }
    saveCsv(`runs-${ids.join("-")}.csv`, csvText(lines));
  };
}
