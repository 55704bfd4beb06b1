/** A run's name with what drives the charts: its colour, its eye, its pin, whether it is the baseline. */

import { useNavigate } from "@tanstack/react-router";
import { type MouseEvent, useState } from "react";
import { Icon } from "../../components/icons";
import { VerdictMark } from "../../components/reproducibility/verdict";
import { useText } from "../../i18n";
import { asVerdict } from "../../lib/reproducibility/reproduction";
import { type ListedRun, PARENT_COLUMN, REPRODUCED_COLUMN, REPRODUCTION_COLUMN } from "../../state/run-list";
import { RowMenu } from "./row-menu";
import classes from "./runs.module.css";

export interface NameCellProps {
  run: ListedRun;
  width: number | string;
  /** The run's, or that of its group. */
  colour: string;
  indent?: boolean;
  pinned: boolean;
  baseline: boolean;
  shown: boolean;
  onToggle: (id: string) => void;
  selected?: boolean;
  onSelect?: (id: string, range: boolean) => void;
}

// Hundreds of these come and go while a table scrolls: plain elements, and a menu only once it is asked for.
export function NameCell(props: NameCellProps) {
  const { run, width, colour, indent, pinned, baseline, shown, onToggle, selected, onSelect } = props;
  const t = useText();
  const navigate = useNavigate();
  const reproduced = asVerdict(run.values[REPRODUCED_COLUMN]);
  const reproduction = asVerdict(run.values[REPRODUCTION_COLUMN]);
  const [menu, setMenu] = useState(false);
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    void navigate({ to: "/runs/$runId", params: { runId: run.id }, search: {} });
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
        <input
          type="checkbox"
          className={classes.check}
          aria-label={t.runs.select(run.name)}
          checked={selected ?? false}
          // Shift and a click select what lies between.
          onClick={(event) => onSelect(run.id, event.shiftKey)}
          onChange={() => {}}
        />
      )}
      <button
        type="button"
        className={classes.eye}
        aria-pressed={shown}
        aria-label={t.runs.show(run.name)}
        onClick={() => onToggle(run.id)}
      >
        <span className="dot" style={shown ? { background: colour } : { boxShadow: `inset 0 0 0 1.5px ${colour}` }} />
        <Icon name={shown ? "eye" : "eyeOff"} size={13} />
      </button>
      {run.values[PARENT_COLUMN] != null && (
        <span className={classes.child} title={t.runs.child} aria-label={t.runs.child} role="img">
          ↳
        </span>
      )}
      <a
        href={`runs/${encodeURIComponent(run.id)}`}
        onClick={follow}
        className={`${classes.name} truncate`}
        title={run.name}
      >
        {run.name || run.id}
      </a>
      <span className={classes.status} data-status={run.status} title={t.common.status[run.status] ?? run.status}>
        <span className={classes.hidden}>{t.common.status[run.status] ?? run.status}</span>
      </span>
      {reproduced && <VerdictMark verdict={reproduced} of="original" />}
      {reproduction && <VerdictMark verdict={reproduction} of="reproduction" />}
      {baseline && <span className={classes.badge}>{t.runs.isBaseline}</span>}
      {pinned && !baseline && <Icon name="pin" size={12} />}
      {menu ? (
        <RowMenu run={run} onClose={() => setMenu(false)} />
      ) : (
        <button
          type="button"
          className={classes.rowMenu}
          aria-label={t.runs.actions(run.name)}
          aria-haspopup="menu"
          onClick={() => setMenu(true)}
        >
          <Icon name="more" size={14} />
        </button>
      )}
    </div>
  );
}
