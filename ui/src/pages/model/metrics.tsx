/** What was measured of a model: each value with the dataset, the step and the run. */

import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type ModelMetric, toNumber } from "../../api/types";
import { KeyTable } from "../../components/details/key-table";
import { KeyText } from "../../components/key-text";
import { useText } from "../../i18n";
import { columnFormat } from "../../lib/format";
import own from "./model.module.css";

type Row = ModelMetric & { id: string };

const idOf = (row: Row) => row.id;
const datasetOf = (row: Row) => `${row.dataset_name ?? ""}\n${row.dataset_digest ?? ""}`;

export function Metrics({ metrics, sourceRunId }: { metrics: readonly ModelMetric[]; sourceRunId: string }) {
  const t = useText();
  const rows = useMemo(
    () =>
      metrics
        .map((metric, i): Row => ({ ...metric, id: String(i) }))
        .sort(
          (a, b) =>
            compare(a.key, b.key) ||
            compare(datasetOf(a), datasetOf(b)) ||
            a.step - b.step ||
            Number(a.id) - Number(b.id),
        ),
    [metrics],
  );
  const format = useMemo(() => columnFormat(metrics.map((metric) => toNumber(metric.value))), [metrics]);
  const withDataset = rows.some((row) => row.dataset_name);
  const withStep = rows.some((row) => row.step !== 0);
  const withRun = rows.some((row) => row.run_id && row.run_id !== sourceRunId);
  return (
    <KeyTable
      title={t.run.metrics}
      items={rows}
      id={idOf}
      text={datasetOf}
      searchLabel={t.run.searchMetrics}
      empty={t.models.noMetrics}
      columns={2 + Number(withDataset) + Number(withStep) + Number(withRun)}
      className={own.metrics ?? ""}
      head={
        <tr>
          <th scope="col">{t.models.metric}</th>
          <th scope="col">{t.common.value}</th>
          {withStep && <th scope="col">{t.models.step}</th>}
          {withDataset && <th scope="col">{t.models.dataset}</th>}
          {withRun && <th scope="col">{t.models.run}</th>}
        </tr>
      }
      row={(row) => (
        <>
          <th scope="row">
            <KeyText text={row.key} />
          </th>
          <td className={own.number} title={String(row.value)}>
            {format(toNumber(row.value))}
          </td>
          {withStep && <td className={own.number}>{row.step.toLocaleString("en")}</td>}
          {withDataset && (
            <td>
              {row.dataset_name} <span className={own.digest}>{row.dataset_digest}</span>
            </td>
          )}
          {withRun && (
            <td>
              {row.run_id && (
                <Link to="/runs/$runId" params={{ runId: row.run_id }} search={{}} className="mono">
                  {row.run_id.slice(0, 8)}
                </Link>
              )}
            </td>
          )}
        </>
      )}
    />
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
