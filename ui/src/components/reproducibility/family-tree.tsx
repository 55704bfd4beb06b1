/** Runs below those that they come of, with what differs on each edge. */

import { Button } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useText } from "../../i18n";
import { changedGroups } from "../../lib/reproducibility/difference";
import type { FamilyNode, Relation } from "../../lib/reproducibility/family";
import { useDifference } from "../../state/difference";
import type { FamilyRun } from "../../state/family";
import { Status } from "../details/status";
import { Icon, type IconName } from "../icons";
import own from "./family-tree.module.css";
import { VerdictMark } from "./verdict";

/** More are shown when somebody asks. */
const FEW = 20;
const ID_CHARS = 8;

const ICONS: Record<Relation, IconName> = { child: "down", reproduction: "again", fork: "compare" };

type Node = FamilyNode<FamilyRun>;

export interface FamilyTreeProps {
  trees: readonly Node[];
  /** The run whose page this is, "" on a page of several. */
  current: string;
}

export function FamilyTree({ trees, current }: FamilyTreeProps) {
  const t = useText().reproducibility;
  return (
    <ul className={own.tree} aria-label={t.family}>
      <Branches nodes={trees} upper={null} current={current} />
    </ul>
  );
}

/** Whether a run is a node's, or somewhere below it. */
const has = (node: Node, id: string): boolean => node.run.id === id || node.below.some((one) => has(one, id));

interface BranchesProps {
  nodes: readonly Node[];
  upper: FamilyRun | null;
  current: string;
}

function Branches({ nodes, upper, current }: BranchesProps) {
  const t = useText().reproducibility;
  const [limit, setLimit] = useState(FEW);
  // The way to the run whose page this is stays in sight.
  const shown = nodes.filter((one, i) => i < limit || (current !== "" && has(one, current)));
  return (
    <>
      {shown.map((one) => (
        <Branch key={one.run.id} node={one} upper={upper} current={current} />
      ))}
      {shown.length < nodes.length && (
        <li>
          <Button variant="subtle" size="compact-sm" onClick={() => setLimit(limit * 5)}>
            {t.moreBelow(nodes.length - shown.length)}
          </Button>
        </li>
      )}
    </>
  );
}

function Branch({ node, upper, current }: { node: Node; upper: FamilyRun | null; current: string }) {
  const t = useText().reproducibility;
  const { run, relation, below } = node;
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
          <Branches nodes={below} upper={run} current={current} />
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
      ? t.listed(groups.map(({ kind, count }) => t.counts[kind](count)))
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
