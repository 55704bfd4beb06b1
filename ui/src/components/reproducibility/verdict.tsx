/** What came of running a run again, as a mark and a word: colour alone says nothing. */

import { useText } from "../../i18n";
import type { Reproduction, ReproductionVerdict } from "../../lib/reproducibility/reproduction";
import { Icon, type IconName } from "../icons";
import classes from "./verdict.module.css";

const MARKS: Record<ReproductionVerdict, IconName> = {
  identical: "same",
  within_tolerance: "about",
  diverged: "differs",
  not_runnable: "blocked",
};

export function Verdict({ verdict }: { verdict: ReproductionVerdict }) {
  const t = useText();
  return (
    <span className={classes.verdict} data-verdict={verdict}>
      <Icon name={MARKS[verdict]} size={14} />
      {t.reproducibility.verdicts[verdict]}
    </span>
  );
}

/** The same where there is room for the mark alone. */
export function VerdictMark({ verdict, of }: { verdict: ReproductionVerdict; of: Reproduction["of"] }) {
  const { verdicts, reproducedAs, reproductionIs } = useText().reproducibility;
  const label = (of === "original" ? reproducedAs : reproductionIs)(verdicts[verdict]);
  return (
    <span className={classes.verdict} data-verdict={verdict} role="img" aria-label={label} title={label}>
      {of === "reproduction" && <Icon name="again" size={12} />}
      <Icon name={MARKS[verdict]} size={13} />
    </span>
  );
}
