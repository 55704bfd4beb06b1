/** Runs that come of each other: parents and children, originals and reproductions, and runs with other arguments. */

import { FORKED_FROM_TAG, REPRODUCES_TAG } from "./reproduction";

export const PARENT_TAG = "mlflow.parentRunId";

/** How a run comes of another one; where it does in several ways, the first one of these is its place in the tree. */
export const RELATIONS = { reproduction: REPRODUCES_TAG, fork: FORKED_FROM_TAG, child: PARENT_TAG } as const;
export type Relation = keyof typeof RELATIONS;

const ORDER = Object.keys(RELATIONS) as Relation[];

export interface Relative {
  id: string;
  name: string;
  status: string;
  startTime: number;
  /** The runs that it comes of. */
  from: Partial<Record<Relation, string>>;
}

export interface FamilyNode<Run extends Relative> {
  run: Run;
  /** How it comes of the one above it; null for the first. */
  relation: Relation | null;
  below: FamilyNode<Run>[];
}

/** The run above another one and how it comes of it, null where nothing is above it. */
export function above({ id, from }: Relative): { relation: Relation; id: string } | null {
  for (const relation of ORDER) {
    const other = from[relation];
    if (other && other !== id) return { relation, id: other };
  }
  return null;
}

/** The runs as trees, by the time of their start; one whose upper run is not among them is the first of a tree. */
export function familyTrees<Run extends Relative>(runs: readonly Run[]): FamilyNode<Run>[] {
  const nodes = new Map(runs.map((run): [string, FamilyNode<Run>] => [run.id, { run, relation: null, below: [] }]));
  const first: FamilyNode<Run>[] = [];
  const byStart = [...nodes.values()].sort(
    (a, b) => a.run.startTime - b.run.startTime || (a.run.id < b.run.id ? -1 : 1),
  );
  for (const node of byStart) {
    const up = above(node.run);
    const upper = up ? nodes.get(up.id) : undefined;
    if (!up || !upper || comesOf(node.run, upper.run, nodes)) {
      first.push(node);
    } else {
      node.relation = up.relation;
      upper.below.push(node);
    }
  }
  return first;
}

/** Whether a run is somewhere above the one that is above it: then somebody wrote tags that lead in a circle. */
function comesOf<Run extends Relative>(run: Run, upper: Run, nodes: ReadonlyMap<string, FamilyNode<Run>>): boolean {
  const seen = new Set<string>();
  for (let at: Run | undefined = upper; at && !seen.has(at.id); at = nodes.get(above(at)?.id ?? "")?.run) {
    if (at.id === run.id) return true;
    seen.add(at.id);
  }
  return false;
}
