/** A registered model's versions, with what is said of the model and what waits to be done. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { deleteRegisteredModelTag, describeRegisteredModel, setRegisteredModelTag } from "../../api/registry";
import type { Move, RegisteredModel } from "../../api/types";
import classes from "../../components/details/details.module.css";
import { Facts, Section } from "../../components/details/section";
import { Tags } from "../../components/details/tags";
import { Note } from "../../components/note";
import { Change } from "../../components/registry/change";
import type { Decision } from "../../components/registry/decide-dialog";
import { Verdicts } from "../../components/registry/verdicts";
import { useLanguage, useText } from "../../i18n";
import { formatTime } from "../../lib/format";
import { usePersonName } from "../../state/person";
import { refreshModel } from "../../state/registered-model";
import own from "./registered-model.module.css";
import { Versions } from "./versions";

const DecideDialog = lazy(async () => ({
  default: (await import("../../components/registry/decide-dialog")).DecideDialog,
}));
const RollBackDialog = lazy(async () => ({
  default: (await import("../../components/registry/roll-back-dialog")).RollBackDialog,
}));

interface VersionsTabProps {
  model: RegisteredModel;
  /** Moves that wait for somebody's approval. */
  waiting: readonly Move[];
  /** Lets an alias point to the version, or brings it to a stage. */
  onMove: (version: string) => void;
}

export function VersionsTab({ model, waiting, onMove }: VersionsTabProps) {
  const t = useText();
  const language = useLanguage();
  const client = useQueryClient();
  const { name } = model;
  const then = async (change: Promise<unknown>) => {
    await change;
    await refreshModel(client, name);
  };
  return (
    <div className={classes.overview}>
      <div className={classes.main}>
        {waiting.map((move) => (
          <Waiting key={move.number} move={move} />
        ))}
        <Section title={t.registry.description}>
          <Note text={model.description} onSave={(text) => then(describeRegisteredModel(name, text))} />
        </Section>
        <Versions name={name} onMove={onMove} />
      </div>
      <div className={classes.side}>
        <Aliases model={model} />
        <Tags
          tags={model.tags}
          onSet={(key, value) => then(setRegisteredModelTag(name, key, value))}
          onDelete={(key) => then(deleteRegisteredModelTag(name, key))}
        />
        <Section title={t.run.details}>
          <Facts
            facts={[
              { label: t.registry.columns.creation_timestamp, value: formatTime(model.creation_timestamp, language) },
              {
                label: t.registry.columns.last_updated_timestamp,
                value: formatTime(model.last_updated_timestamp, language),
              },
              { label: t.models.user, value: model.user_id },
            ]}
          />
        </Section>
      </div>
    </div>
  );
}

function Aliases({ model: { name, aliases } }: { model: RegisteredModel }) {
  const t = useText();
  const [back, setBack] = useState<string | null>(null);
  return (
    <Section title={t.registry.aliases}>
      {aliases.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.registry.noAliases}
        </Text>
      ) : (
        <ul className={own.aliases}>
          {aliases.map(({ alias, version }) => (
            <li key={alias}>
              <span className={own.aliasName}>{alias}</span>
              <Link to="/models/$name/versions/$version" params={{ name, version }} search={{}}>
                {t.registry.version(version)}
              </Link>
              <Button
                variant="subtle"
                size="compact-xs"
                aria-label={t.registry.rollBackTitle(alias)}
                onClick={() => setBack(alias)}
              >
                {t.registry.rollBack}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Suspense>{back !== null && <RollBackDialog name={name} alias={back} onClose={() => setBack(null)} />}</Suspense>
    </Section>
  );
}

/** A move that somebody else has to decide on; whoever asked for it may take it back. */
function Waiting({ move }: { move: Move }) {
  const t = useText();
  const person = usePersonName().trim();
  const [decision, setDecision] = useState<Decision | null>(null);
  const mine = person !== "" && person === move.user_id;
  return (
    <Alert color="yellow" variant="light" title={t.registry.waiting} mt="xs">
      <Stack gap="xs" align="flex-start">
        <Text size="sm" component="div">
          <Change {...move} />
        </Text>
        <Text size="sm">
          {t.registry.askedBy(move.user_id || t.registry.nobody)}
          {move.comment && ` · ${move.comment}`}
        </Text>
        <Verdicts verdicts={move.verdicts} />
        <Group gap="xs">
          {mine ? (
            <>
              <Button variant="default" onClick={() => setDecision("withdraw")}>
                {t.registry.decisions.withdraw}
              </Button>
              <Text size="xs">{t.registry.others}</Text>
            </>
          ) : (
            <>
              <Button onClick={() => setDecision("approve")}>{t.registry.decisions.approve}</Button>
              <Button variant="default" onClick={() => setDecision("refuse")}>
                {t.registry.decisions.refuse}
              </Button>
            </>
          )}
        </Group>
      </Stack>
      <Suspense>
        {decision && <DecideDialog move={move} decision={decision} onClose={() => setDecision(null)} />}
      </Suspense>
    </Alert>
  );
}
