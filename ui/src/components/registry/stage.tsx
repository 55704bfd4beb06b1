/** The stage of a version, where it has one. */

import { useText } from "../../i18n";
import { NO_STAGE } from "../../lib/registry/stages";
import classes from "./registry.module.css";

export function Stage({ stage }: { stage: string }) {
  const t = useText();
  if (stage === NO_STAGE) return null;
  return (
    <span className={classes.stage} data-stage={stage}>
      {t.registry.stages[stage] ?? stage}
    </span>
  );
}
