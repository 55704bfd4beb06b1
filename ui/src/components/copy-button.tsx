/** A button that copies a text. */

import { ActionIcon, Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { useText } from "../i18n";
import { copyText } from "../lib/clipboard";
import { toasts } from "../state/toasts";
import { Icon, type IconName } from "./icons";

const COPIED_MS = 1_500;

export function CopyButton({
  text,
  label,
  size = "sm",
  icon = "copy",
}: {
  text: string;
  label?: string;
  size?: string;
  icon?: IconName;
}) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await copyText(text)) setCopied(true);
    else toasts.show({ kind: "error", text: t.run.copyFailed });
  };
  const says = label ?? t.common.copy;
  return (
    <Tooltip label={copied ? t.common.copied : says}>
      <ActionIcon size={size} aria-label={copied ? t.common.copied : says} onClick={() => void copy()}>
        <Icon name={copied ? "check" : icon} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}
