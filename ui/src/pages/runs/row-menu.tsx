/** What can be done with one run of the list. */

import { ColorSwatch, Group, Menu, UnstyledButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { editRuns } from "../../api/endpoints";
import { Icon } from "../../components/icons";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import { PALETTE } from "../../lib/colours";
import type { ListedRun } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import { toasts } from "../../state/toasts";
import classes from "./runs.module.css";

/** Opens at once; `onClose` when it is done with. */
export function RowMenu({ run, onClose }: { run: ListedRun; onClose: () => void }) {
  const t = useText();
  const [search, change] = useRunsSearch();
  const client = useQueryClient();
  const isBase = search.base === run.id;
  const isPinned = search.pin?.includes(run.id) ?? false;
  const pin = () => {
    const next = isPinned ? (search.pin ?? []).filter((id) => id !== run.id) : [...(search.pin ?? []), run.id];
    change({ pin: next.length > 0 ? next : undefined });
  };
  const colour = async (value: string | null) => {
    try {
      await editRuns({
        run_ids: [run.id],
        ...(value ? { set_tags: [{ key: "mlflow.runColor", value }] } : { delete_tags: ["mlflow.runColor"] }),
      });
      await client.invalidateQueries({ queryKey: ["runs"] });
    } catch (error) {
      toasts.show({ text: errorText(error, t), kind: "error" });
    }
  };
  return (
    <Menu position="bottom-start" withinPortal defaultOpened onClose={onClose}>
      <Menu.Target>
        <UnstyledButton className={classes.rowMenu ?? ""} aria-label={t.runs.actions(run.name)}>
          <Icon name="more" size={14} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="pin" />} onClick={pin}>
          {isPinned ? t.runs.unpin(run.name) : t.runs.pin(run.name)}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="flag" />} onClick={() => change({ base: isBase ? undefined : run.id })}>
          {isBase ? t.runs.baselineOff : t.runs.baseline(run.name)}
        </Menu.Item>
        <Menu.Label>{t.runs.colour(run.name)}</Menu.Label>
        <Group gap={4} px="sm" pb="xs" maw={200}>
          {PALETTE.map((one) => (
            <ColorSwatch
              key={one}
              component="button"
              type="button"
              size={18}
              color={one}
              aria-label={one}
              onClick={() => void colour(one)}
              style={{ cursor: "pointer" }}
            />
          ))}
        </Group>
        <Menu.Item onClick={() => void colour(null)}>{t.runs.colourReset}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
