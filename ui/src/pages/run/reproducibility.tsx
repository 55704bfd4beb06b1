/** What is needed to run a run again, and what came of it where somebody did. */

import { Alert, Anchor, List, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { RunDetails } from "../../api/types";
import classes from "../../components/details/details.module.css";
import { Facts, Section } from "../../components/details/section";
import { Snippet } from "../../components/snippet";
import { EmptyState, ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import type { Captured } from "../../lib/reproducibility/capture";
import { REPRODUCES_TAG } from "../../lib/reproducibility/reproduction";
import { capturedRun, reproduceRun, serverAddress } from "../../lib/snippets";
import { tagValue } from "../../lib/tags";
import { useCapture } from "../../state/capture";
import { mono } from "./code-facts";
import { Environment, Packages, Seeds, Variables } from "./reproducibility/environment";
import { Reproductions } from "./reproducibility/reproduction";
import { CapturedSource, OtherFiles, Submodules, UncommittedChanges } from "./reproducibility/source";

export function Reproducibility({ details }: { details: RunDetails }) {
  const { holder, data, error, refetch } = useCapture(details);
  if (data) return <Found details={details} holder={holder} captured={data} />;
  return (
    <div className={classes.alone}>
      <Reproductions details={details} />
      {error ? (
        <ErrorState error={error} retry={refetch} />
      ) : data === undefined ? (
        <RowsSkeleton rows={10} />
      ) : (
        <NotCaptured running={details.run.status === "RUNNING"} gone={holder !== ""} />
      )}
    </div>
  );
}

function Found({ details, holder, captured }: { details: RunDetails; holder: string; captured: Captured }) {
  const t = useText().reproducibility;
  const runId = details.run.run_id;
  // What a reproduction reproduces is reproduced once more, not the reproduction.
  const original = tagValue(details.tags, REPRODUCES_TAG) || runId;
  return (
    <div className={classes.overview}>
      <div className={classes.main}>
        <Reproductions details={details} />
        {holder !== runId && (
          <Text size="sm" c="dimmed">
            {t.sameProcess}{" "}
            <Anchor
              inherit
              underline="always"
              renderRoot={(props) => (
                <Link {...props} to="/runs/$runId" params={{ runId: holder }} search={{ tab: "reproducibility" }} />
              )}
            >
              {t.firstOfProcess}
            </Anchor>
          </Text>
        )}
        {captured.problems.length > 0 && (
          <Alert color="yellow" title={t.problems} my="xs">
            <List size="sm">
              {captured.problems.map((problem) => (
                <List.Item key={problem}>{problem}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <CapturedSource captured={captured} />
        <UncommittedChanges holder={holder} captured={captured} />
        <OtherFiles holder={holder} captured={captured} />
        <Submodules captured={captured} />
        <Packages holder={holder} captured={captured} />
      </div>
      <div className={classes.side}>
        <Section title={t.reproduce}>
          <Text size="sm" mb="xs">
            {captured.repeatable ? t.reproduceText : t.notRepeatable}
          </Text>
          {captured.repeatable && <Snippet code={reproduceRun(serverAddress(document.baseURI), original)} />}
        </Section>
        <Environment captured={captured} />
        <Seeds captured={captured} />
        <Data details={details} />
        <Variables captured={captured} />
      </div>
    </div>
  );
}

/** The data that a run used, in short: the overview has all of it. */
function Data({ details }: { details: RunDetails }) {
  const t = useText();
  const inputs = details.inputs.dataset_inputs ?? [];
  return (
    <Section title={t.reproducibility.data}>
      {inputs.length === 0 ? (
        <>
          <Text size="sm" c="dimmed" mb="xs">
            {t.reproducibility.noData}
          </Text>
          <Snippet code={"kiseki.log_input(kiseki.data.from_pandas(frame, name=…))"} />
        </>
      ) : (
        <>
          <Facts
            facts={inputs.map(({ dataset }) => ({
              label: dataset.name,
              value: mono(dataset.digest),
              copy: dataset.digest,
            }))}
          />
          <Text size="sm" mt="xs">
            <Link to="/runs/$runId" params={{ runId: details.run.run_id }} search={{}}>
              {t.reproducibility.seeDatasets}
            </Link>
          </Text>
        </>
      )}
    </Section>
  );
}

/** A run of which nothing is known: how the next one is captured. */
function NotCaptured({ running, gone }: { running: boolean; gone: boolean }) {
  const t = useText().reproducibility;
  return (
    <EmptyState title={gone ? t.goneTitle : t.noneTitle}>
      <Text size="sm">{gone ? t.goneText : running ? t.noneYetText : t.noneText}</Text>
      {!gone && <Snippet code={capturedRun(serverAddress(document.baseURI))} />}
    </EmptyState>
  );
}
