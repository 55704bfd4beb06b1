/** What came of running a run again: the verdict, where the two part, and the likely causes. */

import { Badge, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { RunDetails } from "../../../api/types";
import classes from "../../../components/details/details.module.css";
import { Section } from "../../../components/details/section";
import { KeyText } from "../../../components/key-text";
import { useRunName } from "../../../components/reproducibility/badge";
import { Verdict } from "../../../components/reproducibility/verdict";
import { useText } from "../../../i18n";
import { formatExact, formatNumber } from "../../../lib/format";
import {
  type MetricDivergence,
  type Reproduction,
  type ReproductionDetails,
  readReproductions,
} from "../../../lib/reproducibility/reproduction";
import { useReproductionDetails } from "../../../state/reproduction";
import own from "./reproduction.module.css";

const PART_DIGITS = 2;

export function Reproductions({ details }: { details: RunDetails }) {
  return readReproductions(details.tags).map((one) => (
    <OfRun key={one.of} runId={details.run.run_id} reproduction={one} />
  ));
}

function OfRun({ runId, reproduction }: { runId: string; reproduction: Reproduction }) {
  const t = useText().reproducibility;
  const { of, verdict, other } = reproduction;
  const name = useRunName(other);
  const isOriginal = of === "original";
  const { data } = useReproductionDetails(isOriginal ? other : runId, verdict);
  const title = isOriginal ? t.reproduction : of === "fork" ? t.forkOf(name) : t.reproduces(name);
  const pair = isOriginal ? [runId, other] : [other, runId];
  return (
    <Section title={title} actions={verdict && <Verdict verdict={verdict} />}>
      {!verdict && of === "reproduction" && (
        <Text size="sm" c="dimmed">
          {t.noVerdict}
        </Text>
      )}
      {data && <Details details={data} runnable={verdict !== "not_runnable"} />}
      {other && (
        <p className={own.links}>
          <Link to="/runs/$runId" params={{ runId: other }} search={{}}>
            {isOriginal ? t.seeReproduction : t.seeOriginal}
          </Link>
          <Link to="/compare" search={{ runs: pair, tab: "changes" }}>
            {t.seeChanges}
          </Link>
          <Link to="/compare" search={{ runs: pair, tab: "charts" }}>
            {t.seeCharts}
          </Link>
        </p>
      )}
    </Section>
  );
}

function Details({ details, runnable }: { details: ReproductionDetails; runnable: boolean }) {
  const t = useText().reproducibility;
  const { metrics, metricsCompared, pointsCompared, params, artifacts, artifactsCompared, causes, notes } = details;
  return (
    <>
      {!runnable && <Text size="sm">{details.text}</Text>}
      {metricsCompared > 0 && (
        <Text size="sm">
          {metrics.length === 0
            ? t.allPointsSame(pointsCompared, metricsCompared)
            : t.metricsDiffer(metrics.length, metricsCompared)}
          {details.tolerance > 0 && ` ${t.tolerance(formatNumber(details.tolerance))}`}
        </Text>
      )}
      {metrics.length > 0 && <Divergences metrics={metrics} />}
      {params.length > 0 && (
        <Text size="sm">
          {t.paramsDiffer} <span className="mono">{params.map(({ key }) => key).join(", ")}</span>
        </Text>
      )}
      {artifactsCompared > 0 && (
        <Text size="sm">
          {artifacts.length === 0
            ? t.artifactsSame(artifactsCompared)
            : t.artifactsDiffer(artifacts.length, artifactsCompared)}
        </Text>
      )}
      {artifacts.length > 0 && (
        <ul className={own.list}>
          {artifacts.map(({ path, status }) => (
            <li key={path}>
              <span className="mono">
                <KeyText text={path} />
              </span>{" "}
              <span className={own.dimmed}>{t.patchKinds[status as keyof typeof t.patchKinds] ?? status}</span>
            </li>
          ))}
        </ul>
      )}
      {causes.length > 0 && (
        <>
          <h3 className={own.heading}>{runnable ? t.causes : t.reasons}</h3>
          <ul className={own.list}>
            {causes.map(({ kind, text }) => (
              <li key={`${kind} ${text}`}>
                <Badge variant="light" size="sm" tt="none" mr={6}>
                  {t.causeKinds[kind] ?? kind}
                </Badge>
                {text}
              </li>
            ))}
          </ul>
        </>
      )}
      {notes.length > 0 && (
        <ul className={`${own.list} ${own.dimmed}`}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Divergences({ metrics }: { metrics: readonly MetricDivergence[] }) {
  const t = useText();
  const value = (one: number | null) => (one === null ? t.common.none : formatExact(one));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={`${classes.scroller} ${own.divergences}`} tabIndex={0} aria-label={t.reproducibility.diverging}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t.run.metric}</th>
            <th scope="col">{t.reproducibility.firstStep}</th>
            <th scope="col">{t.reproducibility.before}</th>
            <th scope="col">{t.reproducibility.after}</th>
            <th scope="col">{t.reproducibility.apart}</th>
          </tr>
        </thead>
        <tbody>
          {metrics.map(({ key, step, before, after, relative }) => (
            <tr key={key}>
              <th scope="row">
                <KeyText text={key} />
              </th>
              <td>{step.toLocaleString("en")}</td>
              <td>{value(before)}</td>
              <td>{value(after)}</td>
              <td>{relative === null ? "–" : formatNumber(relative, PART_DIGITS)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
