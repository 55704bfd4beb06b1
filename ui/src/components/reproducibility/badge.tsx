/** Whether a run was reproduced, or reproduces another one, with a link to that. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { getRun } from "../../api/endpoints";
import type { Tag } from "../../api/types";
import { useText } from "../../i18n";
import { type Reproduction, readReproductions } from "../../lib/reproducibility/reproduction";
import { Verdict } from "./verdict";
import classes from "./verdict.module.css";

const ID_CHARS = 8;

/** What a run is called: its name once that is known, the beginning of its id before, and when nobody knows it. */
export function useRunName(runId: string): string {
  const { data } = useQuery({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => getRun(runId, signal),
    enabled: runId !== "",
  });
  return data?.run.run_name || runId.slice(0, ID_CHARS);
}

export function ReproductionBadges({ tags }: { tags: readonly Tag[] }) {
  return readReproductions(tags).map((one) => <ReproductionBadge key={one.of} reproduction={one} />);
}

function ReproductionBadge({ reproduction: { of, verdict, other } }: { reproduction: Reproduction }) {
  const t = useText().reproducibility;
  const name = useRunName(other);
  return (
    <span className={classes.badge}>
      {of === "original" && t.reproduced}
      {of !== "original" && (
        <Link to="/runs/$runId" params={{ runId: other }} search={{}}>
          {of === "fork" ? t.forkOf(name) : t.reproduces(name)}
        </Link>
      )}
      {verdict && <Verdict verdict={verdict} />}
      {of === "original" && other && (
        <Link to="/runs/$runId" params={{ runId: other }} search={{}} title={name}>
          {t.seeReproduction}
        </Link>
      )}
    </span>
  );
}
