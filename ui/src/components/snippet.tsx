/** Code to copy. */

import { CopyButton } from "./copy-button";
import classes from "./snippet.module.css";

export function Snippet({ code }: { code: string }) {
  return (
    <div className={classes.snippet}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre className={classes.code} tabIndex={0}>
        <code>{code}</code>
      </pre>
      <div className={classes.copy}>
        <CopyButton text={code} />
      </div>
    </div>
  );
}
