/** The metrics of a run: their last, least and greatest values and where those were. */

import { Tooltip, UnstyledButton } from "@mantine/core";
import { type CSSProperties, useMemo } from "react";
import { type SeriesInfo, toNumber } from "../../api/types";
import { KeyTable } from "../../components/details/key-table";
import { KeyText } from "../../components/key-text";
import { useText } from "../../i18n";
import { columnFormat } from "../../lib/format";
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
  const format = useMemo(
    () => columnFormat(metrics.flatMap(({ last, min, max }) => [toNumber(last), toNumber(min), toNumber(max)])),
    [metrics],
  );
  const chars = Math.max(0, ...metrics.flatMap(stepsOf).map((step) => stepText(step).length));
  const value = (number: number, step: number) => (
    <td title={String(number)}>
      {format(number)}
      <Step chars={chars} step={step} />
    </td>
  );
  const head = (label: string) => (
    <th scope="col">
      {label}
      <Step chars={chars} />
    </th>
  );
  return (
    <KeyTable
      title={t.run.metrics}
      items={metrics}
      searchLabel={t.run.searchMetrics}
      empty={running ? t.run.noMetricsYet : t.run.noMetrics}
      columns={5}
      className={classes.metrics ?? ""}
      head={
        <tr>
          <th scope="col">{t.run.metric}</th>
          {head(t.run.last)}
          {head(t.run.min)}
          {head(t.run.max)}
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
              <KeyText text={metric.key} />
            </UnstyledButton>
          </th>
          {value(toNumber(metric.last), metric.last_step)}
          {metric.count === 1 ? (
            <td colSpan={2} />
          ) : (
            <>
              {value(toNumber(metric.min), metric.min_step)}
              {value(toNumber(metric.max), metric.max_step)}
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

/** A value alone at step 0 has no step to speak of. */
const stepsOf = ({ count, last_step, min_step, max_step }: SeriesInfo): number[] =>
  count > 1 ? [last_step, min_step, max_step] : last_step !== 0 ? [last_step] : [];

const stepText = (step: number) => `@ ${step.toLocaleString("en")}`;

/** The step of a value, or, without one, its room. `chars` is how long steps are. */
function Step({ chars, step }: { chars: number; step?: number }) {
  const t = useText();
  if (chars === 0) return null;
  return (
    <span
      className={classes.step}
      style={{ "--chars": chars } as CSSProperties}
      title={step === undefined ? undefined : t.run.atStep(step)}
    >
      {step !== undefined && stepText(step)}
    </span>
  );
}
