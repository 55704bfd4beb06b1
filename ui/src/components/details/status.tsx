/** The state of a run or a logged model as a mark and a word: colour alone says nothing. */

import { useText } from "../../i18n";
import classes from "./status.module.css";

const MARKS: Record<string, string> = {
  FINISHED: "M3 8.5l3.2 3.2L13 5",
  FAILED: "M4.500 4.500l7 7M11.500 4.500l-7 7",
  KILLED: "M5 5h6v6H5z",
  LOGGED_MODEL_READY: "M3 8.5l3.2 3.2L13 5",
  LOGGED_MODEL_UPLOAD_FAILED: "M4.500 4.500l7 7M11.500 4.500l-7 7",
};

export function Status({ status, text }: { status: string; text?: string }) {
  const t = useText();
  const mark = MARKS[status];
  return (
    <span className={classes.status} data-status={status}>
      {mark ? (
        <svg viewBox="0 0 16 16" width="14" height="14" className={classes.mark} aria-hidden="true">
          <path d={mark} />
        </svg>
      ) : (
        <span className={status === "RUNNING" ? classes.spinner : classes.ring} aria-hidden="true" />
      )}
      {text ?? t.common.status[status] ?? status}
    </span>
  );
}
