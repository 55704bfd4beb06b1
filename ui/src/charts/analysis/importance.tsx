/** Which parameters a metric depends on, and how sure that is. */

import { Alert, Checkbox, Loader, Text } from "@mantine/core";
import { useMemo, useRef } from "react";
import { EmptyState } from "../../components/states";
import { useText } from "../../i18n";
import { isBinary } from "../../lib/analysis/column-values";
import { lookedAt, rankedMetrics } from "../../lib/analysis/default-axes";
import {
  FEWEST_RUNS,
  type Importance,
  type ImportanceInput,
  type ImportanceParam,
} from "../../lib/analysis/importance";
import { formatNumber } from "../../lib/format";
import { useNarrow } from "../../state/narrow";
import { cellOf } from "../../state/run-list";
import classes from "./analysis.module.css";
import { AnalysisFrame, type ChartData, Note } from "./analysis-frame";
import type { AnalysisProps } from "./analysis-props";
import { ColumnSelect } from "./column-select";
import { ImportancePicture, ImportanceRows, type ImportanceSort, sortedParams } from "./importance-rows";
import { cellText, dataKey, useAnalysis, useColumnName, useKept, useSame } from "./use-analysis";
import { useImportance } from "./use-importance";

/** Below this R² the shares say nothing, and below the other one little. */
const LITTLE_R2 = 0.2;
const SOME_R2 = 0.5;
/** More texts than this, and for at least half of the runs another one: a name of the run, not something that was tried. */
const MANY_TEXTS = 12;
const SORTS: readonly ImportanceSort[] = ["share", "rho", "name"];

export function ImportanceTable(props: AnalysisProps) {
  const narrow = useNarrow();
  const { runs, columns } = props;
  const t = useText().analysis;
  const name = useColumnName();
  const analysis = useAnalysis(props, ["importance"]);
  const { options, column, change } = analysis;
  const metrics = useMemo(() => columns.filter((id) => id.startsWith("metrics.")), [columns]);
  const usual = useKept(dataKey(props), () => rankedMetrics(metrics.map(column), lookedAt(analysis.elsewhere))[0]?.id);
  const metric = analysis.chosen?.find((id) => id.startsWith("metrics.")) ?? usual;
  const ranked = options.ranks === "1";
  const sort = SORTS.find((one) => one === options.sort) ?? "share";
  const picture = useRef<HTMLDivElement>(null);

  const params = useSame(columns.filter((id) => id.startsWith("params.")).map(column));
  const target = metric === undefined ? undefined : column(metric);
  const { input, unique } = useMemo(() => {
    const isUnique = (one: (typeof params)[number]) =>
      one.kind === "category" && one.distinct > MANY_TEXTS && one.distinct > one.count / 2;
    return {
      unique: params.filter(isUnique).map((one) => one.id),
      input:
        target?.kind !== "number"
          ? null
          : ({
              target: target.numbers,
              params: params
                .filter((one) => one.count > 0 && !isUnique(one))
                .map(
                  (one): ImportanceParam => ({
                    id: one.id,
                    kind: one.kind,
                    values: one.kind === "number" ? one.numbers : one.codes,
                    binary: one.kind === "category" && isBinary(one),
                  }),
                ),
              ranked,
            } satisfies ImportanceInput),
    };
  }, [params, target, ranked]);
  const found = useImportance(input);
  const importance = found?.importance;
  const stale = found !== null && found.input !== input;
  const rows = useMemo(() => sortedParams(importance?.params ?? [], sort, name), [importance, sort, name]);

  if (runs.length < 2) {
    return (
      <EmptyState title={t.tooFewTitle}>
        <Text>{t.tooFewRuns(runs.length)}</Text>
      </EmptyState>
    );
  }
  if (metric === undefined) {
    return (
      <EmptyState title={t.noMetricTitle}>
        <Text>{t.noMetric}</Text>
      </EmptyState>
    );
  }
  const data = (): ChartData => ({
    header: ["parameter", "share", "error_growth", "rho", "rho_low", "rho_high", "p", "runs"],
    rows: rows.map(({ id, share, growth, correlation: c }) => [
      id,
      share,
      growth,
      c?.rho ?? null,
      c?.low ?? null,
      c?.high ?? null,
      c?.p ?? null,
      c?.n ?? null,
    ]),
  });
  return (
    <AnalysisFrame
      title={`${t.importance}: ${name(metric)}`}
      analysis={analysis}
      picture={picture}
      data={data}
      controls={
        <>
          <ColumnSelect
            label={t.metric}
            columns={metrics}
            value={metric}
            allowDeselect={false}
            className={classes.picker}
            onChange={(id) => id && change({ axes: [id] })}
          />
          <Checkbox
            size="xs"
            pb={7}
            label={t.byRank}
            disabled={importance?.r2 === null}
            title={t.byRankHelp}
            checked={ranked}
            onChange={(event) =>
              change({ axes: [metric], options: { ranks: event.currentTarget.checked ? "1" : undefined } })
            }
          />
          <div className={classes.status} role="status">
            {importance && importance.r2 !== null && !stale && (
              <Text size="sm" title={t.oobHelp}>
                {t.oob(r2Text(importance.r2))} · {t.forestOf(importance.used, importance.runs)}
              </Text>
            )}
            {(!found || stale) && (
              <>
                <Loader size={14} aria-hidden />
                <Text size="sm">{t.computing}</Text>
              </>
            )}
          </div>
        </>
      }
      notes={
        importance && (
          <>
            {rows.length > 0 && (
              <>
                {importance.r2 !== null && <Note head={t.forest} say={[t.forestHelp, t.together]} />}
                <Note head={t.correlation} say={narrow ? [t.correlationHelp] : [t.correlationHelp, t.pHelp]} />
                {importance.r2 !== null && <Note head="R²" say={[t.oobHelp]} />}
                {ranked && importance.r2 !== null && <Note head={t.byRank} say={[t.byRankHelp]} />}
              </>
            )}
            {importance.constant.length > 0 && (
              <Note
                head={t.constantTitle(importance.constant.length)}
                say={[
                  importance.constant.map((id) => `${name(id)} = ${constantText(id, runs) || t.noValue}`).join(", "),
                ]}
              />
            )}
            <Note
              say={[
                importance.runs < runs.length && t.left(runs.length - importance.runs),
                unique.length > 0 && t.unique(unique.map(name).join(", ")),
              ]}
            />
          </>
        )
      }
    >
      <div ref={picture} style={{ opacity: stale ? 0.5 : 1 }}>
        {importance && <Warning importance={importance} />}
        {importance && rows.length > 0 && (
          <>
            <ImportanceRows
              rows={rows}
              name={name}
              pale={importance.r2 === null || importance.r2 < LITTLE_R2}
              sort={sort}
              onSort={(next) => change({ axes: [metric], options: { sort: next === "share" ? undefined : next } })}
            />
            <ImportancePicture rows={rows} name={name} title={`${t.importance}: ${name(metric)}`} />
          </>
        )}
        {importance && rows.length === 0 && (
          <EmptyState title={t.noParamsTitle}>
            <Text>{t.noParams}</Text>
          </EmptyState>
        )}
      </div>
    </AnalysisFrame>
  );
}

/** What takes from the numbers' worth, before them. */
function Warning({ importance }: { importance: Importance }) {
  const t = useText().analysis;
  const { runs, r2, params } = importance;
  if (runs < FEWEST_RUNS) {
    return (
      <Alert
        color="yellow"
        classNames={{ title: classes.alertTitle ?? "" }}
        title={t.fewRunsTitle(runs)}
        mb="sm"
        role="status"
      >
        {t.fewRuns(FEWEST_RUNS)}
      </Alert>
    );
  }
  if (params.length === 0) return null;
  if (r2 === null) {
    return (
      <Alert color="yellow" classNames={{ title: classes.alertTitle ?? "" }} mb="sm" role="status">
        {t.sameMetric}
      </Alert>
    );
  }
  if (r2 >= SOME_R2) return null;
  return r2 < LITTLE_R2 ? (
    <Alert color="yellow" classNames={{ title: classes.alertTitle ?? "" }} title={t.lowR2Title} mb="sm" role="status">
      {t.lowR2(r2Text(r2))}
    </Alert>
  ) : (
    <Alert color="gray" mb="sm" role="status">
      {t.middleR2(r2Text(r2))}
    </Alert>
  );
}

const r2Text = (r2: number) => r2.toFixed(2).replace("-", "−");

/** The one value that all runs have. */
function constantText(id: string, runs: AnalysisProps["runs"]): string {
  const run = runs.find((one) => cellOf(one, id) !== null);
  const cell = run ? cellOf(run, id) : null;
  return typeof cell === "number" ? formatNumber(cell) : cellText(id, cell, "en");
}
