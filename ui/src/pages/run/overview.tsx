/** All that a run recorded but curves and files. */

import { useCallback } from "react";
import { besideUrl, runOwner } from "../../api/artifacts";
import type { RunDetails, SeriesInfo } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import classes from "../../components/details/details.module.css";
import { Params } from "../../components/details/params";
import { Facts, Section } from "../../components/details/section";
import { Status } from "../../components/details/status";
import { Tags } from "../../components/details/tags";
import { KeyText } from "../../components/key-text";
import { Note } from "../../components/note";
import { useLanguage, useText } from "../../i18n";
import { formatDuration, formatTime } from "../../lib/format";
import { NOTE_TAG, tagValue } from "../../lib/tags";
import { useNow } from "../../state/clock";
import type { RunActions } from "./data";
import { Datasets } from "./datasets";
import { Metrics } from "./metrics";
import { Models } from "./models";
import { SourceAndEnvironment } from "./source";
import { UseRun } from "./use";

export interface OverviewProps {
  details: RunDetails;
  /** Metrics but those of the system. */
  metrics: readonly SeriesInfo[];
  actions: RunActions;
  onMetric: (key: string) => void;
}

export function Overview({ details, metrics, actions, onMetric }: OverviewProps) {
  const t = useText();
  const readOnly = details.run.lifecycle_stage === "deleted";
  const runId = details.run.run_id;
  // A path in the note is one of the run's own files.
  const image = useCallback((path: string) => besideUrl(runOwner(runId), "", path), [runId]);
  return (
    <div className={classes.overview}>
      <div className={classes.main}>
        <Section title={t.run.note.title}>
          <Note
            text={tagValue(details.tags, NOTE_TAG)}
            onSave={(text) => actions.setTag(NOTE_TAG, text)}
            readOnly={readOnly}
            image={image}
          />
        </Section>
        <Metrics metrics={metrics} running={details.run.status === "RUNNING"} onOpen={onMetric} />
        <Params params={details.params} />
        <Datasets inputs={details.inputs.dataset_inputs ?? []} />
        <Models details={details} />
      </div>
      <div className={classes.side}>
        <Details details={details} />
        <Tags tags={details.tags} onSet={actions.setTag} onDelete={actions.deleteTag} readOnly={readOnly} />
        <SourceAndEnvironment details={details} />
        <UseRun details={details} />
      </div>
    </div>
  );
}

function Details({ details }: { details: RunDetails }) {
  const t = useText();
  const language = useLanguage();
  const now = useNow(AGO_STEP_MS);
  const { run } = details;
  const end = run.end_time ?? null;
  // A run whose process died says that it runs for ever: the time of its last point says more.
  const lastPoint = Math.max(0, ...details.metrics.map((metric) => metric.last_time));
  return (
    <Section title={t.run.details}>
      <Facts
        facts={[
          { label: t.run.status, value: <Status status={run.status} /> },
          { label: t.run.id, value: <span className="mono">{run.run_id}</span>, copy: run.run_id },
          { label: t.run.user, value: run.user_id },
          { label: t.run.started, value: formatTime(run.start_time, language) },
          { label: t.run.ended, value: end === null ? "" : formatTime(end, language) },
          { label: t.run.duration, value: end === null ? "" : formatDuration(end - run.start_time, language) },
          {
            label: t.run.lastPoint,
            value: run.status === "RUNNING" && lastPoint > 0 ? <Ago time={lastPoint} now={now} /> : "",
          },
          {
            label: t.run.artifactUri,
            value: (
              <span className="mono">
                <KeyText text={run.artifact_uri} />
              </span>
            ),
            copy: run.artifact_uri,
          },
        ]}
      />
    </Section>
  );
}
