/** All models that match, with the columns that are shown, as a CSV file. */

import { findModels } from "../../api/endpoints";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import { type CsvCell, csvText } from "../../lib/csv";
import { saveCsv } from "../../lib/files";
import { cellOf, datasetsOf, parseColumn } from "../../lib/models/columns";
import { type ModelsSearch, modelsQuestion } from "../../state/models";
import { toasts } from "../../state/toasts";
import { datasetName } from "./columns";

const PAGE = 1_000;
const OWN = ["model_id", "name", "experiment_id", "status", "creation_timestamp"];
const DATASETS = "attributes/datasets";

/** A column as filters name it, in every language. */
function headOf(id: string): string {
  const column = parseColumn(id);
  if (!column || column.kind === "attributes") return column?.key ?? id;
  const dataset = column.kind === "metrics" && column.dataset ? ` on ${datasetName(column.dataset)}` : "";
  return `${column.kind}.${column.key}${dataset}`;
}

export function useCsv(ids: readonly string[], search: ModelsSearch, columns: readonly string[]): () => Promise<void> {
  const t = useText();
  return async () => {
    const asked = columns.filter((column) => !OWN.includes(column.replace("attributes/", "")));
    const lines: CsvCell[][] = [[...OWN, ...asked.map(headOf)]];
    let token = "";
    try {
      do {
        const page = await findModels({ ...modelsQuestion(ids, search), max_results: PAGE, page_token: token });
        for (const model of page.models) {
          const { model_id, name, experiment_id, status, creation_timestamp_ms: created } = model.info;
          const values = asked.map((column) =>
            column === DATASETS ? datasetsOf(model).map(datasetName).join(", ") : cellOf(model, column),
          );
          lines.push([model_id, name, experiment_id, status, new Date(created).toISOString(), ...values]);
        }
        token = page.next_page_token;
        if (token) toasts.show({ text: t.models.count(lines.length - 1, true) });
      } while (token);
    } catch (error) {
      toasts.show({ text: errorText(error, t), kind: "error" });
      return;
    }
    saveCsv(`models-${ids.join("-")}.csv`, csvText(lines));
  };
}
