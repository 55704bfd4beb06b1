/** Experiments as a table; keys walk through it. */

import { ActionIcon, Checkbox, Menu, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type Ref, type RefObject, useImperativeHandle, useRef } from "react";
import type { FoundExperiment } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { Icon } from "../../components/icons";
import { More } from "../../components/more";
import { useRowFocus } from "../../components/row-focus";
import { TagChips } from "../../components/tag-list";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import { firstLine, NOTE_TAG, tagValue, userTags } from "../../lib/tags";
import { useNow } from "../../state/clock";
import classes from "./list.module.css";

const ROW_PX = 56;
// Rows have more in them than their height tells of.
const FEW_ROWS = 60;

export type SortKey = "name" | "creation_time" | "last_activity" | "runs";

export interface RowActions {
  onRename: (experiment: FoundExperiment) => void;
  onDetails: (experiment: FoundExperiment) => void;
  onCopyId: (experiment: FoundExperiment) => void;
  onDelete: (experiment: FoundExperiment) => void;
  onRestore: (experiment: FoundExperiment) => void;
}

/** What keys do with the list from outside of it. */
export interface ListHandle {
  /** Moves the focus by some rows; to the first one when it is outside. */
  move: (by: number) => void;
  /** The experiment whose row has the focus. */
  focused: () => FoundExperiment | undefined;
}

export interface ExperimentListProps {
  experiments: readonly FoundExperiment[];
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
  sort: string;
  onSort: (sort: string) => void;
  actions: RowActions;
  hasMore: boolean;
  loadingMore: boolean;
  /** Whether any answer is awaited. */
  busy: boolean;
  onMore: () => void;
  /** What scrolls. */
  scroller: RefObject<HTMLDivElement | null>;
  handle: Ref<ListHandle>;
}

const COLUMNS: readonly { key: SortKey; className: string }[] = [
  { key: "name", className: "name" },
  { key: "runs", className: "runs" },
  { key: "last_activity", className: "activity" },
  { key: "creation_time", className: "created" },
];

export function ExperimentList(props: ExperimentListProps) {
  const { experiments, selected, onSelect, sort, onSort, actions, scroller } = props;
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const body = useRef<HTMLTableSectionElement>(null);
  const rows = useVirtualRows(experiments.length, scroller, ROW_PX, FEW_ROWS);
  const { move, focused, onKey } = useRowFocus(body, experiments.length, rows);
  useImperativeHandle(props.handle, () => ({ move, focused: () => experiments[focused()] }));
  const labels: Record<SortKey, string> = {
    name: t.common.name,
    runs: t.experiments.runs,
    last_activity: t.experiments.lastActivity,
    creation_time: t.experiments.created,
  };
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const all = experiments.length > 0 && experiments.every((one) => selected.has(one.experiment_id));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys move among the links of rows
    <div onKeyDown={onKey}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th className={classes.check} scope="col">
              <Checkbox
                size="xs"
                aria-label={t.experiments.selectAll}
                checked={all}
                indeterminate={!all && selected.size > 0}
                onChange={() => onSelect(all ? new Set() : new Set(experiments.map((one) => one.experiment_id)))}
              />
            </th>
            {COLUMNS.map(({ key, className }) => (
              <SortHead
                key={key}
                label={labels[key]}
                className={classes[className] ?? ""}
                column={key}
                sort={sort}
                onSort={onSort}
              />
            ))}
            <th className={classes.menu} scope="col">
              <span className="unseen">{t.experiments.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.before > 0 && <tr aria-hidden style={{ height: rows.before }} />}
          {rows.indices.map((index) => {
            const experiment = experiments[index];
            return (
              experiment && (
                <Row
                  key={experiment.experiment_id}
                  experiment={experiment}
                  index={index}
                  measure={rows.measure}
                  now={now}
                  selected={selected.has(experiment.experiment_id)}
                  onToggle={toggle}
                  actions={actions}
                />
              )
            );
          })}
          {rows.after > 0 && <tr aria-hidden style={{ height: rows.after }} />}
        </tbody>
      </table>
      {props.hasMore && (
        <More loading={props.loadingMore} busy={props.busy} onMore={props.onMore} scroller={scroller} />
      )}
    </div>
  );
}

interface SortHeadProps {
  label: string;
  className: string;
  column: SortKey;
  sort: string;
  onSort: (sort: string) => void;
}

function SortHead({ label, className, column, sort, onSort }: SortHeadProps) {
  const active = sort.split(" ")[0] === column;
  const descending = sort.endsWith(" DESC");
  // Names begin at A, times and counts at the greatest.
  const next = active ? !descending : column !== "name";
  return (
    <th className={className} scope="col" aria-sort={active ? (descending ? "descending" : "ascending") : undefined}>
      <UnstyledButton className={classes.sort} onClick={() => onSort(next ? `${column} DESC` : column)}>
        <span>{label}</span>
        {active && <Icon name={descending ? "down" : "up"} size={12} />}
      </UnstyledButton>
    </th>
  );
}

interface RowProps {
  experiment: FoundExperiment;
  index: number;
  measure: (element: Element | null) => void;
  now: number;
  selected: boolean;
  onToggle: (id: string) => void;
  actions: RowActions;
}

function Row({ experiment, index, measure, now, selected, onToggle, actions }: RowProps) {
  const t = useText();
  const id = experiment.experiment_id;
  const note = firstLine(tagValue(experiment.tags, NOTE_TAG));
  return (
    <tr data-index={index} ref={measure} className={classes.row} data-selected={selected || undefined}>
      <td className={classes.check}>
        <Checkbox
          size="xs"
          className={classes.above}
          aria-label={t.experiments.select(experiment.name)}
          checked={selected}
          onChange={() => onToggle(id)}
        />
      </td>
      <td className={classes.name}>
        <Link to="/experiments/$ids" params={{ ids: id }} search={{}} className={classes.link} title={experiment.name}>
          {experiment.name}
        </Link>
        <div className={classes.about}>
          <span className={classes.narrow}>
            <Ago time={experiment.last_activity} now={now} />
          </span>
          {note && <span className={classes.note}>{note}</span>}
          <TagChips tags={userTags(experiment.tags)} />
        </div>
      </td>
      <td className={classes.runs}>
        <span className={experiment.runs === 0 ? classes.zero : ""}>{experiment.runs.toLocaleString("en")}</span>
        {experiment.running > 0 && (
          <span className={classes.running}>
            <span className={classes.pulse} />
            {t.experiments.running(experiment.running)}
          </span>
        )}
      </td>
      <td className={classes.activity}>
        <span className={classes.above}>
          <Ago time={experiment.last_activity} now={now} />
        </span>
      </td>
      <td className={classes.created}>
        <span className={classes.above}>
          <Ago time={experiment.creation_time} now={now} />
        </span>
      </td>
      <td className={classes.menu}>
        <div className={classes.above}>
          <RowMenu experiment={experiment} actions={actions} />
        </div>
      </td>
    </tr>
  );
}

function RowMenu({ experiment, actions }: { experiment: FoundExperiment; actions: RowActions }) {
  const t = useText();
  const deleted = experiment.lifecycle_stage === "deleted";
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon aria-label={t.experiments.actionsOf(experiment.name)}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {deleted && (
          <Menu.Item leftSection={<Icon name="up" />} onClick={() => actions.onRestore(experiment)}>
            {t.common.restore}
          </Menu.Item>
        )}
        {!deleted && (
          <Menu.Item leftSection={<Icon name="pencil" />} onClick={() => actions.onRename(experiment)}>
            {t.experiments.rename}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<Icon name="tag" />} onClick={() => actions.onDetails(experiment)}>
          {t.experiments.details}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="copy" />} onClick={() => actions.onCopyId(experiment)}>
          {t.experiments.copyId}
        </Menu.Item>
        {!deleted && (
          <>
            <Menu.Divider />
            <Menu.Item color="red" leftSection={<Icon name="trash" />} onClick={() => actions.onDelete(experiment)}>
              {t.experiments.remove}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
