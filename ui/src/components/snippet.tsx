/** Code to copy. */

import { ActionIcon, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useText } from "../i18n";
import { Icon } from "./icons";
import classes from "./snippet.module.css";

export function Snippet({ code }: { code: string }) {
  const t = useText();
  const clipboard = useClipboard({ timeout: 1_500 });
  const label = clipboard.copied ? t.common.copied : t.common.copy;
  return (
    <div className={classes.snippet}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>{code}</pre>
      <Tooltip label={label}>
        <ActionIcon className={classes.copy ?? ""} aria-label={label} onClick={() => clipboard.copy(code)}>
          <Icon name={clipboard.copied ? "check" : "copy"} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
