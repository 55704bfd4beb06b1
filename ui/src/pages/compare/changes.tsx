/** What changed from one run to each of the others, and what it did. */

import { Button, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { DifferenceView } from "../../components/reproducibility/difference";
import { EmptyState, ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { guessDirection } from "../../lib/direction";
import { givenDirection } from "../../state/compare";
import { useDifference } from "../../state/difference";
import classes from "./changes.module.css";
import type { ComparedRun } from "./data";
import type { OverviewProps } from "./overview";

/** More are asked for a few at a time. */
const AT_ONCE = 5;
const ID_CHARS = 8;

export function Changes({ runs, search }: Omit<OverviewProps, "onChange">) {
  const t = useText();
  const [shown, setShown] = useState(AT_ONCE);
  const base = runs.find((run) => run.id === search.base) ?? runs[0];
  const others = runs.filter((run) => run !== base);
  if (!base || others.length === 0)
    return (
      <EmptyState title={t.compare.changes}>
        <Text size="sm">{t.compare.oneText}</Text>
      </EmptyState>
    );
  return (
    <div className={classes.changes}>
      {others.length > 1 && (
        <Text size="sm" c="dimmed">
          {search.base ? t.compare.changesFromBase(base.name) : t.compare.changesFromFirst(base.name)}
        </Text>
      )}
      {others.slice(0, shown).map((run) => (
        <Pair key={run.id} base={base} run={run} search={search} />
      ))}
      {others.length > shown && (
        <div>
          <Button variant="default" onClick={() => setShown(shown + AT_ONCE)}>
            {t.compare.moreRuns(others.length - shown)}
          </Button>
        </div>
      )}
    </div>
  );
}

interface PairProps extends Pick<OverviewProps, "search"> {
  base: ComparedRun;
  run: ComparedRun;
}

function Pair({ base, run, search }: PairProps) {
  const t = useText();
  const live = [base, run].some((one) => one.details?.run.status === "RUNNING");
  // Runs of one script often have one name.
  const alike = base.name === run.name;
  const [before, after] = [base, run].map(({ id, name }) => (alike ? `${name} ${id.slice(0, ID_CHARS)}` : name)) as [
    string,
    string,
  ];
  const { data, error, refetch } = useDifference(base.id, run.id, { live });
  return (
    <section className={classes.pair} aria-label={t.compare.pair(before, after)}>
      <h2 className={classes.pairTitle}>
        <RunLink run={base} name={before} /> <span aria-hidden="true">→</span> <RunLink run={run} name={after} />
      </h2>
      {data ? (
        <DifferenceView
          difference={data}
          names={[before, after]}
          direction={(key) => givenDirection(search, key) ?? guessDirection(key)}
        />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <RowsSkeleton rows={5} />
      )}
    </section>
  );
}

function RunLink({ run, name }: { run: ComparedRun; name: string }) {
  return (
    <Link to="/runs/$runId" params={{ runId: run.id }} search={{}} title={run.name}>
      <span className="dot" style={{ background: run.colour }} /> {name}
    </Link>
  );
}
