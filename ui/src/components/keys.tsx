/** The keys that do something on this page. */

import { Modal, Stack, Text } from "@mantine/core";
import { useText } from "../i18n";
import { type Command, useAllCommands } from "../state/commands";
import { useFocusBack } from "../state/focus";
import { KeyChips } from "./key-chips";
import classes from "./keys.module.css";
import { paletteKeys, SHELL } from "./shell-keys";

export interface KeyItem {
  /** As in commands: `/`, or `g e` for two in a row. */
  keys: string;
  label: string;
}

/** Commands that have keys; those of the shell, which are on every page, apart from those of the page. */
export function keyItems(commands: readonly Command[]): { everywhere: KeyItem[]; here: KeyItem[] } {
  const items = commands.flatMap(({ id, keys, label }) => (keys ? [{ id, keys, label }] : []));
  return {
    everywhere: items.filter(({ id }) => id.startsWith(SHELL)),
    here: items.filter(({ id }) => !id.startsWith(SHELL)),
  };
}

export function KeyList({ items, title }: { items: readonly KeyItem[]; title?: string }) {
  if (items.length === 0) return null;
  return (
    <div>
      {title && (
        <Text size="sm" fw={600} mb={4}>
          {title}
        </Text>
      )}
      <dl className={classes.list}>
        {items.map((item) => (
          <div key={`${item.keys} ${item.label}`} className={classes.item}>
            <dt>
              <KeyChips keys={item.keys} />
            </dt>
            <dd>{item.label}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The keys that work on every page. */
export function EverywhereKeys() {
  const t = useText();
  const { everywhere } = keyItems(useAllCommands());
  return (
    <KeyList
      title={t.settings.keysEverywhere}
      items={[{ keys: paletteKeys(), label: t.settings.palette }, ...everywhere]}
    />
  );
}

export default function Keys({ onClose }: { onClose: () => void }) {
  const t = useText();
  useFocusBack();
  const { here } = keyItems(useAllCommands());
  return (
    <Modal opened onClose={onClose} title={t.settings.keys} closeButtonProps={{ "aria-label": t.common.close }}>
      <Stack gap="md">
        <KeyList title={t.settings.keysHere} items={here} />
        <EverywhereKeys />
      </Stack>
    </Modal>
  );
}
