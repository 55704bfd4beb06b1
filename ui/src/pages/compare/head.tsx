/** The head of a run's column: what it is called, how it went, and what is done with it here. */

import { ActionIcon, Anchor, Badge, Button, Text, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { Ago } from "../../components/ago";
import { Status } from "../../components/details/status";
import { Icon } from "../../components/icons";
import { errorText } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { formatDuration } from "../../lib/format";
import { useNow } from "../../state/clock";
import classes from "./compare.module.css";
import type { ComparedRun } from "./data";

export interface RunHeadProps {
  run: ComparedRun;
  isBase: boolean;
  /** Whether its experiment is worth telling. */
  withExperiment: boolean;
  onBase: () => void;
  onRemove: () => void;
}

export function RunHead({ run, isBase, withExperiment, onBase, onRemove }: RunHeadProps) {
  const t = useText();
  const { details } = run;
  return (
    <div className={classes.runHead}>
      <Anchor
        className={classes.runName}
        renderRoot={(props) => <Link {...props} to="/runs/$runId" params={{ runId: run.id }} search={{}} />}
        title={run.name}
      >
        {/* Lines below the first begin below the dot: they need the room. */}
        <span>
          <span className="dot" style={{ background: run.colour }} /> {run.name}
        </span>
      </Anchor>
      <span className={classes.runButtons}>
        {details && (
          <Tooltip label={isBase ? t.compare.unsetBaseline : t.compare.setBaseline(run.name)}>
            <Button
              size="compact-xs"
              variant={isBase ? "filled" : "subtle"}
              color={isBase ? "brand" : "gray"}
              aria-label={t.compare.setBaseline(run.name)}
              aria-pressed={isBase}
              onClick={onBase}
            >
              <Icon name="flag" size={12} />
              <span className={classes.word}>{t.compare.baseline}</span>
            </Button>
          </Tooltip>
        )}
        <Tooltip label={t.compare.remove(run.name)}>
          <ActionIcon size={24} aria-label={t.compare.remove(run.name)} onClick={onRemove}>
            <Icon name="close" size={12} />
          </ActionIcon>
        </Tooltip>
      </span>
      {details ? <Facts run={run} withExperiment={withExperiment} /> : <Absent run={run} />}
    </div>
  );
}

function Facts({ run, withExperiment }: { run: ComparedRun; withExperiment: boolean }) {
  const t = useText();
  const language = useLanguage();
  const running = run.details?.run.status === "RUNNING";
  const now = useNow(running ? 1_000 : 60_000);
  if (!run.details) return null;
  const { status, start_time, end_time, lifecycle_stage } = run.details.run;
  const ended = end_time ?? (running ? now : null);
  return (
    <div className={classes.facts}>
      <span>
        <Status status={status} />
        {lifecycle_stage === "deleted" && (
          <Badge size="xs" color="red" variant="light" ml={6}>
            {t.common.deleted}
          </Badge>
        )}
      </span>
      <span className={classes.times}>
        <Ago time={start_time} now={now} />
        {ended !== null && <span>{formatDuration(Math.max(0, ended - start_time), language)}</span>}
      </span>
      {withExperiment && <span className="truncate">{run.details.experiment_name}</span>}
    </div>
  );
}

function Absent({ run }: { run: ComparedRun }) {
  const t = useText();
  const { error } = run;
  if (!error) return <Text size="xs">{t.common.loading}…</Text>;
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 404 || status === 400) return <Text size="xs">{t.compare.unknownRun}</Text>;
  if (status === 401 || status === 403) return <Text size="xs">{t.compare.deniedRun}</Text>;
  return (
    <>
      <Text size="xs">{errorText(error, t)}</Text>
      <Button size="compact-xs" variant="light" onClick={run.refetch}>
        {t.common.retry}
      </Button>
    </>
  );
}
