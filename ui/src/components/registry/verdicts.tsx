/** What checks found. */

import type { Verdict } from "../../api/types";
import { useText } from "../../i18n";
import { Icon } from "../icons";
import classes from "./registry.module.css";

export function Verdicts({ verdicts }: { verdicts: readonly Verdict[] }) {
  const t = useText();
  if (verdicts.length === 0) return null;
  return (
    <ul className={classes.verdicts} aria-label={t.registry.checks}>
      {verdicts.map(({ check, passed, detail }) => (
        <li key={check} className={classes.verdict} data-passed={passed}>
          <Icon name={passed ? "check" : "close"} size={13} />
          <span>
            <span className="mono">{check}</span>{" "}
            <span className="unseen">{passed ? t.registry.passed : t.registry.failed}</span>
          </span>
          {detail && <span className={classes.detail}>{detail}</span>}
        </li>
      ))}
    </ul>
  );
}
