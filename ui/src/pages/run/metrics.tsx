/** The metrics of a run: their last, least and greatest values and where those were. */

import { Tooltip, UnstyledButton } from "@mantine/core";
import { type SeriesInfo, toNumber } from "../../api/types";
import { useText } from "../../i18n";
import { formatNumber } from "../../lib/format";
import { KeyTable } from "./key-table";
import classes from "./run.module.css";

export function Metrics({
  metrics,
  running,
  onOpen,
}: {
  metrics: readonly SeriesInfo[];
  running: boolean;
  /** Opens the chart of a metric. */
  onOpen: (key: string) => void;
}) {
  const t = useText();
  return (
    <KeyTable
      title={t.run.metrics}
      items={metrics}
      searchLabel={t.run.searchMetrics}
      empty={running ? t.run.noMetricsYet : t.run.noMetrics}
      columns={8}
      className={classes.metrics ?? ""}
      head={
        <tr>
          <th scope="col">{t.run.metric}</th>
          <ValueHead label={t.run.last} />
          <ValueHead label={t.run.min} />
          <ValueHead label={t.run.max} />
          <th scope="col">{t.run.points}</th>
        </tr>
      }
      row={(metric) => (
        <>
          <th scope="row">
            <UnstyledButton
              className={classes.metricKey}
              aria-label={t.run.openChart(metric.key)}
              onClick={() => onOpen(metric.key)}
            >
              {metric.key}
            </UnstyledButton>
          </th>
          <Value value={toNumber(metric.last)} step={metric.last_step} only={metric.count === 1} />
          {metric.count === 1 ? (
            <td colSpan={4} />
          ) : (
            <>
              <Value value={toNumber(metric.min)} step={metric.min_step} />
              <Value value={toNumber(metric.max)} step={metric.max_step} />
            </>
          )}
          <td>
            {metric.count.toLocaleString("en")}
            {metric.nonfinite > 0 && (
              <Tooltip label={t.run.nonfiniteHelp(metric.nonfinite)}>
                <span className={classes.nonfinite}>{t.run.nonfinite(metric.nonfinite)}</span>
              </Tooltip>
            )}
          </td>
        </>
      )}
    />
  );
}

function ValueHead({ label }: { label: string }) {
  const t = useText();
  return (
    <>
      <th scope="col">{label}</th>
      <th scope="col" className={classes.step}>
        <span className="unseen">{t.run.stepOf(label)}</span>
      </th>
    </>
  );
}

function Value({ value, step, only = false }: { value: number; step: number; only?: boolean }) {
  const t = useText();
  return (
    <>
      <td title={String(value)}>{formatNumber(value)}</td>
      <td className={classes.step} title={t.run.atStep(step)}>
        {!(only && step === 0) && `@ ${step.toLocaleString("en")}`}
      </td>
    </>
  );
}
