/** Models as a table: what each is and where it is from, and the values of its columns. */

import { Checkbox, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import type { LoggedModel } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { Status } from "../../components/details/status";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { More } from "../../components/more";
import { useRowFocus } from "../../components/row-focus";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import { metricFirst, type Sort, sortText } from "../../lib/columns";
import { columnFormat } from "../../lib/format";
import { cellOf, datasetsOf, isSortable, parseColumn, parseSort } from "../../lib/models/columns";
import { useNow } from "../../state/clock";
import { useCommands } from "../../state/commands";
import { useModelsSearch } from "../../state/models";
import { useNarrow } from "../../state/narrow";
import { pageKeys } from "../../state/page-keys";
import type { PagedList } from "../../state/paged-list";
import { columnName, datasetName } from "./columns";
import classes from "./models.module.css";

const ROW_PX = 33;
// Rows have many cells.
const FEW_ROWS = 60;
const ID_CHARS = 8;

export interface ModelTableProps {
  list: PagedList<LoggedModel>;
  columns: readonly string[];
  runNames: ReadonlyMap<string, string>;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}

export function ModelTable({ list, columns: given, runNames, selected, onSelect }: ModelTableProps) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const [search, change] = useModelsSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const { items: models } = list;
  const body = useRef<HTMLTableSectionElement>(null);
  const rows = useVirtualRows(models.length, scroller, ROW_PX, FEW_ROWS);
  const focus = useRowFocus(body, models.length, rows);
  const sort = parseSort(search.sort);
  const narrow = useNarrow();
  const columns = narrow ? metricFirst(given, sort) : given;
  const looks = useMemo(() => new Map(given.map((column) => [column, lookOf(models, column)])), [models, given]);
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const keys = pageKeys.models(t);
  useCommands([
    { ...keys.next, run: () => focus.move(1) },
    { ...keys.previous, run: () => focus.move(-1) },
    {
      ...keys.select,
      run: () => {
        const model = models[focus.focused()];
        if (model) toggle(model.info.model_id);
      },
    },
  ]);
  const all = models.length > 0 && models.every((one) => selected.has(one.info.model_id));
  const head = { sort, onSort: (next: Sort) => change({ sort: sortText(next) }) };
  return (
    <Edges axis="x" className={classes.table}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div ref={scroller} className={classes.scroller} tabIndex={0} aria-busy={list.stale}>
        <table>
          <caption className="unseen">{t.models.title}</caption>
          <thead>
            <tr>
              <th scope="col" className={classes.name}>
                <span className={classes.nameCell}>
                  <Checkbox
                    size="xs"
                    aria-label={t.models.selectAll}
                    checked={all}
                    indeterminate={!all && selected.size > 0}
                    onChange={() => onSelect(all ? new Set() : new Set(models.map((one) => one.info.model_id)))}
                  />
                  <HeadButton column="attributes/name" {...head} />
                </span>
              </th>
              {columns.map((column) => (
                <Head key={column} column={column} numeric={looks.get(column) !== null} {...head} />
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={focus.onKey}>
            {rows.before > 0 && <tr aria-hidden style={{ height: rows.before }} />}
            {rows.indices.map((index) => {
              const model = models[index];
              if (!model) return null;
              const { model_id: id, name, experiment_id: experiment } = model.info;
              return (
                <tr
                  key={id}
                  data-index={index}
                  ref={rows.measure}
                  data-selected={selected.has(id) || undefined}
                  data-deleted={model.info.lifecycle_stage === "deleted" || undefined}
                >
                  <th scope="row" className={classes.name}>
                    <span className={classes.nameCell}>
                      <Checkbox
                        size="xs"
                        aria-label={t.models.select(name)}
                        checked={selected.has(id)}
                        onChange={() => toggle(id)}
                      />
                      <Link
                        to="/experiments/$ids/models/$modelId"
                        params={{ ids: experiment, modelId: id }}
                        search={{}}
                        className="truncate"
                        title={name}
                      >
                        {name || id}
                      </Link>
                    </span>
                  </th>
                  {columns.map((column) => (
                    <Cell
                      key={column}
                      model={model}
                      column={column}
                      format={looks.get(column) ?? null}
                      runNames={runNames}
                      now={now}
                    />
                  ))}
                </tr>
              );
            })}
            {rows.after > 0 && <tr aria-hidden style={{ height: rows.after }} />}
          </tbody>
        </table>
        {list.hasMore && (
          <More loading={list.loadingMore} busy={list.busy} onMore={list.loadMore} scroller={scroller} />
        )}
      </div>
    </Edges>
  );
}

interface HeadProps {
  column: string;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
}

function Head({ numeric, ...head }: HeadProps & { numeric: boolean }) {
  const { column, sort } = head;
  const parsed = parseColumn(column);
  const sorted = sort?.column === column ? (sort.descending ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" aria-sort={sorted} data-number={numeric || undefined}>
      <HeadButton {...head} />
      {parsed?.kind === "metrics" && parsed.dataset && (
        <span className={classes.dataset} title={datasetName(parsed.dataset)}>
          {parsed.dataset.name}
        </span>
      )}
    </th>
  );
}

function HeadButton({ column, sort, onSort }: HeadProps) {
  const t = useText();
  const parsed = parseColumn(column);
  const name = columnName(column, t);
  const shown = parsed?.kind === "metrics" ? parsed.key : name;
  if (!parsed || !isSortable(parsed)) return <span className={classes.headText}>{shown}</span>;
  const active = sort?.column === column;
  // Names begin at A, numbers and times at the greatest.
  const descending = active ? !sort.descending : parsed.kind === "metrics" || parsed.key === "creation_timestamp";
  return (
    <UnstyledButton
      className={classes.headText ?? ""}
      title={name}
      aria-label={t.models.sortBy(name)}
      onClick={() => onSort({ column, descending })}
    >
      {shown}
      {active && <Icon name={sort.descending ? "down" : "up"} size={12} />}
    </UnstyledButton>
  );
}

type Format = (value: number) => string;

/** How a metric's numbers are written; null for what is no metric. */
function lookOf(models: readonly LoggedModel[], column: string): Format | null {
  if (parseColumn(column)?.kind !== "metrics") return null;
  return columnFormat(models.map((model) => cellOf(model, column)).filter((value) => typeof value === "number"));
}

interface CellProps {
  model: LoggedModel;
  column: string;
  format: Format | null;
  runNames: ReadonlyMap<string, string>;
  now: number;
}

function Cell({ model, column, format, runNames, now }: CellProps) {
  const value = cellOf(model, column);
  switch (column) {
    case "attributes/status":
      return (
        <td>
          <Status status={model.info.status} />
        </td>
      );
    case "attributes/creation_timestamp":
      return (
        <td>
          <Ago time={model.info.creation_timestamp_ms} now={now} />
        </td>
      );
    case "attributes/source_run_id": {
      const id = model.info.source_run_id;
      return (
        <td>
          {id && (
            <Link to="/runs/$runId" params={{ runId: id }} search={{}}>
              {runNames.get(id) || <span className="mono">{id.slice(0, ID_CHARS)}</span>}
            </Link>
          )}
        </td>
      );
    }
    case "attributes/experiment_id":
      return (
        <td>
          <Link to="/experiments/$ids" params={{ ids: model.info.experiment_id }} search={{}}>
            {model.info.experiment_id}
          </Link>
        </td>
      );
    case "attributes/datasets": {
      const names = datasetsOf(model).map(datasetName).join(", ");
      return <td title={names}>{names}</td>;
    }
    default:
  }
  if (value === null) return <td />;
  if (typeof value === "number" && format)
    return (
      <td data-number title={String(value)}>
        {format(value)}
      </td>
    );
  return <td title={String(value)}>{value}</td>;
}
