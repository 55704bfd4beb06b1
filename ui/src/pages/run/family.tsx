/** A run among those that it comes of and those that come of it, as a tree that says on each edge what differs. */

import { Alert, Button, Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { RunDetails } from "../../api/types";
import { Status } from "../../components/details/status";
import { Icon, type IconName } from "../../components/icons";
import { VerdictMark } from "../../components/reproducibility/verdict";
import { EmptyState, ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { changedGroups } from "../../lib/reproducibility/difference";
import { type FamilyNode, familyTrees, type Relation } from "../../lib/reproducibility/family";
import { useDifference } from "../../state/difference";
import { type FamilyRun, MAX_FAMILY, useFamily } from "../../state/family";
import own from "./family.module.css";

/** More are shown when somebody asks. */
const FEW = 20;
const ID_CHARS = 8;

const ICONS: Record<Relation, IconName> = { child: "down", reproduction: "again", fork: "compare" };

type Node = FamilyNode<FamilyRun>;

export function FamilyTab({ details }: { details: RunDetails }) {
  const t = useText().reproducibility;
  const { data, error, refetch } = useFamily(details);
  const trees = useMemo(() => familyTrees(data?.runs ?? []), [data]);
  if (!data) return error ? <ErrorState error={error} retry={() => void refetch()} /> : <RowsSkeleton rows={6} />;
  if (data.runs.length === 1)
    return (
      <EmptyState title={t.aloneTitle}>
        <Text size="sm">{t.aloneText}</Text>
      </EmptyState>
    );
  return (
    <div className={own.family}>
      <Text size="sm" c="dimmed" mb="xs">
        {t.familyText}
      </Text>
      {!data.whole && (
        <Alert color="yellow" mb="xs">
          {t.familyCut(MAX_FAMILY)}
        </Alert>
      )}
      <ul className={own.tree} aria-label={t.family}>
        {trees.map((node) => (
          <Branch key={node.run.id} node={node} upper={null} current={details.run.run_id} />
        ))}
      </ul>
    </div>
  );
}

/** Whether a run is a node's, or somewhere below it. */
const has = (node: Node, id: string): boolean => node.run.id === id || node.below.some((one) => has(one, id));

interface BranchProps {
  node: Node;
  upper: FamilyRun | null;
  /** The run whose page this is. */
  current: string;
}

function Branch({ node, upper, current }: BranchProps) {
  const t = useText().reproducibility;
  const [all, setAll] = useState(false);
  const { run, relation, below } = node;
  // The way to the run whose page this is stays in sight.
  const shown = all ? below : below.filter((one, i) => i < FEW || has(one, current));
  return (
    <li>
      <div className={own.run} data-current={run.id === current || undefined}>
        {relation && (
          <span className={own.relation}>
            <Icon name={ICONS[relation]} size={13} />
            {t.relations[relation]}
          </span>
        )}
        {run.id === current ? (
          <b aria-current="page" className="truncate">
            {run.name}
          </b>
        ) : (
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            search={{ tab: "family" }}
            className="truncate"
            title={run.name}
          >
            {run.name}
          </Link>
        )}
        <span className={`mono ${own.id}`} title={run.id}>
          {run.id.slice(0, ID_CHARS)}
        </span>
        <Status status={run.status} />
        {run.verdict && <VerdictMark verdict={run.verdict} of="reproduction" />}
        {run.reproduced && <VerdictMark verdict={run.reproduced} of="original" />}
        {upper && <Edge upper={upper} run={run} />}
      </div>
      {below.length > 0 && (
        <ul>
          {shown.map((one) => (
            <Branch key={one.run.id} node={one} upper={run} current={current} />
          ))}
          {shown.length < below.length && (
            <li>
              <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
                {t.moreBelow(below.length - shown.length)}
              </Button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

/** What differs between a run and the one above it, in short; asked for once it is in sight. */
function Edge({ upper, run }: { upper: FamilyRun; run: FamilyRun }) {
  const t = useText().reproducibility;
  const { ref, inViewport } = useInViewport();
  const { data } = useDifference(upper.id, run.id, { enabled: inViewport });
  const groups = data ? changedGroups(data) : [];
  const text = !data
    ? t.seeChanges
    : groups.length > 0
      ? groups.map(({ kind, count }) => t.counts[kind](count)).join(", ")
      : data.problems.length > 0
        ? t.notCompared
        : t.nothingDiffers;
  return (
    <span ref={ref} className={own.edge}>
      <Link
        to="/compare"
        search={{ runs: [upper.id, run.id], tab: "changes" }}
        aria-label={t.edge(upper.name, run.name, text)}
      >
        {text}
      </Link>
    </span>
  );
}
