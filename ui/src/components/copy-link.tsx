/** The item of a menu that copies the page's address. */

import { Menu } from "@mantine/core";
import { useText } from "../i18n";
import { copyText } from "../lib/clipboard";
import { toasts } from "../state/toasts";
import { Icon } from "./icons";

export function CopyLink() {
  const t = useText();
  const copy = async () =>
    (await copyText(location.href))
      ? toasts.show({ text: t.run.linkCopied })
      : toasts.show({ kind: "error", text: t.run.copyFailed });
  return (
    <Menu.Item leftSection={<Icon name="link" />} onClick={() => void copy()}>
      {t.run.copyLink}
    </Menu.Item>
  );
}
