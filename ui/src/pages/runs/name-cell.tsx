/** A run's name with what drives the charts: its colour, its eye, its pin, whether it is the baseline. */

import { Checkbox, ColorSwatch, Group, Menu, UnstyledButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { editRuns } from "../../api/endpoints";
import { Icon } from "../../components/icons";
import { errorText } from "../../components/states";
import { useText } from "../../i18n";
import { PALETTE } from "../../lib/colours";
import { toggled } from "../../lib/visible";
import { type ListedRun, PARENT_COLUMN } from "../../state/run-list";
import { useRunsSearch } from "../../state/runs";
import { toasts } from "../../state/toasts";
import classes from "./runs.module.css";

export interface NameCellProps {
  run: ListedRun;
  width: number | string;
  indent?: boolean;
  pinned: boolean;
  shown: boolean;
  selected?: boolean;
  onSelect?: (range: boolean) => void;
  /** The ids of the list, in its order. */
  ids: readonly string[];
}

export function NameCell({ run, width, indent = false, pinned, shown, selected, onSelect, ids }: NameCellProps) {
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
    // biome-ignore lint/a11y/useSemanticElements: a table element can not have rows that are placed by themselves
    <div
      className={classes.nameCell}
      role="gridcell"
      tabIndex={-1}
      aria-colindex={1}
      style={{ width }}
      data-indent={indent || undefined}
    >
      {onSelect && (
        <Checkbox
          size="xs"
          aria-label={t.runs.select(run.name)}
          checked={selected ?? false}
          // Shift and a click select what lies between.
          onClick={(event) => onSelect(event.shiftKey)}
          onChange={() => {}}
        />
      )}
      <UnstyledButton
        className={classes.eye ?? ""}
        aria-pressed={shown}
        aria-label={t.runs.show(run.name)}
        onClick={() => change(toggled(ids, search, run.id), { replace: true })}
      >
        <span
          className="dot"
          style={shown ? { background: run.colour } : { boxShadow: `inset 0 0 0 1.5px ${run.colour}` }}
        />
        <Icon name={shown ? "eye" : "eyeOff"} size={13} />
      </UnstyledButton>
      <span className={classes.status} data-status={run.status} title={t.common.status[run.status] ?? run.status}>
        <span className={classes.hidden}>{t.common.status[run.status] ?? run.status}</span>
      </span>
      {run.values[PARENT_COLUMN] != null && (
        <span className={classes.child} title={t.runs.child} aria-label={t.runs.child} role="img">
          ↳
        </span>
      )}
      <Link
        to="/runs/$runId"
        params={{ runId: run.id }}
        search={{}}
        className={`${classes.name} truncate`}
        title={run.name}
      >
        {run.name || run.id}
      </Link>
      {isBase && <span className={classes.badge}>{t.runs.isBaseline}</span>}
      {pinned && !isBase && <Icon name="pin" size={12} />}
      <Menu position="bottom-start" withinPortal>
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
    </div>
  );
}
