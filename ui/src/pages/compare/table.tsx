/** Runs side by side: a column each, a row for each thing that they recorded. */

import { UnstyledButton } from "@mantine/core";
import { type CSSProperties, memo, useMemo, useRef } from "react";
import { toNumber } from "../../api/types";
import { CopyButton } from "../../components/copy-button";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { KeyText } from "../../components/key-text";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import { bestOfRow, type ComparisonRow, compared, SECTIONS, type Section } from "../../lib/comparison";
import { type Direction, guessDirection, nextDirection } from "../../lib/direction";
import { formatChange, formatNumber } from "../../lib/format";
import { type CompareSearch, givenDirection, toggled, withDirection } from "../../state/compare";
import type { Changer } from "../../state/search";
import classes from "./compare.module.css";
import { areSettled, type ComparedRun } from "./data";
import { RunHead } from "./head";
import { WordDiff } from "./word-diff";

const ROW_HEIGHT = 30;
/** Longer values are cut until somebody asks for all of them. */
const SHORT_CHARS = 60;

type Item =
  | { kind: "section"; section: Section; shown: number; all: number }
  | { kind: "row"; row: ComparisonRow; open: boolean; long: boolean };

export interface ComparisonTableProps {
  runs: readonly ComparedRun[];
  rows: readonly ComparisonRow[];
  /** How many rows there are of each section, shown or not. */
  counts: ReadonlyMap<Section, number>;
  search: CompareSearch;
  onChange: Changer<CompareSearch>;
}

export function ComparisonTable({ runs, rows, counts, search, onChange }: ComparisonTableProps) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(
    () => itemsOf(rows, counts, search.hide, search.open),
    [rows, counts, search.hide, search.open],
  );
  const { indices, before, after, measure } = useVirtualRows(items.length, scroller, ROW_HEIGHT);
  const base = runs.findIndex((run) => run.id === search.base && run.details);
  const width = runs.length + 1;
  return (
    <Edges axis="x" className={classes.edges}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section ref={scroller} className={classes.room} tabIndex={0} aria-label={t.compare.title(runs.length)}>
        <table
          className={classes.table}
          style={{ "--runs": runs.length } as CSSProperties}
          aria-rowcount={items.length + 1}
        >
          <colgroup>
            <col className={classes.keyColumn} />
            {runs.map((run) => (
              <col key={run.id} />
            ))}
          </colgroup>
          <Head runs={runs} base={base} search={search} onChange={onChange} />
          <tbody>
            {before > 0 && <Space height={before} width={width} />}
            {indices.map((index) => {
              const item = items[index];
              if (!item) return null;
              if (item.kind === "section")
                return (
                  <SectionRow
                    key={item.section}
                    item={item}
                    index={index}
                    width={width}
                    measure={measure}
                    folded={search.hide?.includes(item.section) ?? false}
                    onToggle={() => onChange({ hide: toggled(search.hide, item.section) })}
                  />
                );
              return (
                <Row
                  key={item.row.id}
                  item={item}
                  index={index}
                  measure={measure}
                  base={base}
                  search={search}
                  runs={runs}
                  onChange={onChange}
                />
              );
            })}
            {after > 0 && <Space height={after} width={width} />}
          </tbody>
        </table>
      </section>
    </Edges>
  );
}

/** Made anew only when something of it changes, as its rows. */
const Head = memo(function Head({
  runs,
  base,
  search,
  onChange,
}: Pick<ComparisonTableProps, "runs" | "search" | "onChange"> & { base: number }) {
  const t = useText();
  const experiments = new Set(runs.flatMap((run) => run.details?.run.experiment_id ?? []));
  const takeOut = (id: string) =>
    onChange({
      runs: search.runs.filter((one) => one !== id),
      ...(search.base === id && { base: undefined }),
    });
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th scope="col" className={classes.corner}>
          {t.compare.key}
        </th>
        {runs.map((run, i) => (
          <th key={run.id} scope="col" data-base={i === base || undefined}>
            <RunHead
              run={run}
              isBase={i === base}
              withExperiment={experiments.size > 1}
              onBase={() => onChange({ base: i === base ? undefined : run.id })}
              onRemove={() => takeOut(run.id)}
            />
          </th>
        ))}
      </tr>
    </thead>
  );
});

function itemsOf(
  rows: readonly ComparisonRow[],
  counts: ReadonlyMap<Section, number>,
  hidden: readonly Section[] | undefined,
  opened: readonly string[] | undefined,
): Item[] {
  const open = new Set(opened);
  return SECTIONS.flatMap((section): Item[] => {
    const own = rows.filter((row) => row.section === section);
    if (own.length === 0) return [];
    const head: Item = { kind: "section", section, shown: own.length, all: counts.get(section) ?? own.length };
    if (hidden?.includes(section)) return [head];
    return [
      head,
      ...own.map((row): Item => {
        const long = row.numbers === null && row.values.some((value) => value !== null && isLong(value));
        return { kind: "row", row, long, open: long && open.has(row.id) };
      }),
    ];
  });
}

const isLong = (value: string): boolean => value.length > SHORT_CHARS || value.includes("\n");

/** Stands for the rows that are not made. */
function Space({ height, width }: { height: number; width: number }) {
  return (
    <tr>
      <td colSpan={width} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

interface SectionRowProps {
  item: Item & { kind: "section" };
  index: number;
  width: number;
  folded: boolean;
  measure: (element: Element | null) => void;
  onToggle: () => void;
}

function SectionRow({ item, index, width, folded, measure, onToggle }: SectionRowProps) {
  const t = useText();
  const name = t.compare.sections[item.section];
  return (
    <tr className={classes.sectionRow} data-index={index} ref={measure} aria-rowindex={index + 2}>
      <th colSpan={width} scope="colgroup">
        <UnstyledButton className={classes.sectionButton} aria-expanded={!folded} onClick={onToggle}>
          <span className={classes.twist} data-open={!folded || undefined}>
            <Icon name="right" size={11} />
          </span>
          {name}
          <span className={classes.count}>{t.compare.shownOf(item.shown, item.all)}</span>
        </UnstyledButton>
      </th>
    </tr>
  );
}

interface RowProps {
  item: Item & { kind: "row" };
  index: number;
  measure: (element: Element | null) => void;
  base: number;
  search: CompareSearch;
  runs: readonly ComparedRun[];
  onChange: Changer<CompareSearch>;
}

/** Made anew only when something of it changes, and not for each step of scrolling. */
const Row = memo(function Row({ item, index, measure, base, search, runs, onChange }: RowProps) {
  const t = useText();
  const { row, open, long } = item;
  const name = t.compare.names[row.key] ?? row.key;
  const known = runs.filter((run) => run.details).length;
  const isMetric = row.numbers !== null;
  const direction = isMetric ? (givenDirection(search, row.key) ?? guessDirection(row.key)) : "none";
  // One that is on its way may be better than all that are there.
  const best = bestOfRow(row, areSettled(runs) ? direction : "none");
  const pair = open && row.values.length === 2 && row.values[0] !== null && row.values[1] !== null;
  return (
    <tr
      className={classes.row}
      data-index={index}
      data-same={(!row.differs && known > 1) || undefined}
      ref={measure}
      aria-rowindex={index + 2}
    >
      <th scope="row">
        <span className={classes.key}>
          {long && (
            <button
              type="button"
              className={classes.small}
              aria-expanded={open}
              aria-label={open ? t.compare.collapse(name) : t.compare.expand(name)}
              onClick={() => onChange({ open: toggled(search.open, row.id) }, { replace: true })}
            >
              <span className={classes.twist} data-open={open || undefined}>
                <Icon name="right" size={11} />
              </span>
            </button>
          )}
          <span className={classes.keyName} title={row.key}>
            <KeyText text={name} />
          </span>
          {isMetric && (
            <DirectionButton
              metric={row.key}
              direction={direction}
              onSwitch={() => {
                const next = nextDirection(direction);
                onChange(withDirection(search, row.key, next === guessDirection(row.key) ? null : next));
              }}
            />
          )}
        </span>
      </th>
      {row.values.map((value, i) => {
        const id = runs[i]?.id ?? i;
        if (value === null)
          return (
            <td key={id} className={classes.none}>
              {runs[i]?.details && <span title={t.compare.missing}>–</span>}
            </td>
          );
        if (isMetric)
          return <MetricCell key={id} row={row} at={i} base={base} best={best.has(i)} direction={direction} />;
        const asBase = base >= 0 && i !== base && value === row.values[base];
        return (
          <td key={id} data-dim={asBase || undefined}>
            <div
              className={open ? classes.wholeText : classes.shortText}
              title={open ? undefined : value.slice(0, 1_000)}
            >
              {pair ? (
                <WordDiff before={row.values[0] ?? ""} after={row.values[1] ?? ""} side={i} />
              ) : (
                <Value name={row.key} value={value} />
              )}
            </div>
          </td>
        );
      })}
    </tr>
  );
});

const COMMITS = new Set(["mlflow.source.git.commit", "mlflow.git.commit"]);

/** Values that are known are shown as people say them. */
function Value({ name, value }: { name: string; value: string }) {
  const t = useText();
  if (COMMITS.has(name))
    return (
      <>
        <span className="mono">{value.slice(0, 8)}</span> <CopyButton text={value} size="xs" />
      </>
    );
  return name === "mlflow.source.type" ? (t.compare.sourceTypes[value] ?? value) : value;
}

const ARROWS = { up: "up", down: "down", none: "minus" } as const;

function DirectionButton({
  metric,
  direction,
  onSwitch,
}: {
  metric: string;
  direction: Direction;
  onSwitch: () => void;
}) {
  const t = useText();
  const says = t.compare.better[direction];
  return (
    <button
      type="button"
      className={`${classes.small} ${classes.better}`}
      title={says}
      aria-label={t.compare.switchBetter(metric, says)}
      onClick={onSwitch}
    >
      <span className={classes.word}>{says}</span>
      <Icon name={ARROWS[direction]} size={11} />
    </button>
  );
}

interface MetricCellProps {
  row: ComparisonRow;
  at: number;
  base: number;
  best: boolean;
  direction: Direction;
}

function MetricCell({ row, at, base, best, direction }: MetricCellProps) {
  const t = useText();
  const number = row.numbers?.[at] ?? null;
  const series = row.series?.[at];
  if (number === null || !series) return null;
  const baseNumber = base >= 0 ? (row.numbers?.[base] ?? null) : null;
  const change = base >= 0 && at !== base && baseNumber !== null ? formatChange(number, baseNumber) : "";
  // Worked out when it is wanted: there may be thousands of cells.
  const about = () =>
    [
      `${t.compare.last}: ${formatNumber(toNumber(series.last), 8)} (${t.compare.atStep(series.last_step)})`,
      `${t.compare.min}: ${formatNumber(toNumber(series.min), 8)} (${t.compare.atStep(series.min_step)})`,
      `${t.compare.max}: ${formatNumber(toNumber(series.max), 8)} (${t.compare.atStep(series.max_step)})`,
    ].join("\n");
  return (
    <td
      className={classes.metric}
      data-best={best || undefined}
      onPointerEnter={(event) => {
        event.currentTarget.title = about();
      }}
    >
      <span className={classes.number}>
        {row.values[at]}
        {best && (
          <span className={classes.best} title={t.compare.best}>
            <Icon name="check" size={12} />
            <span className={classes.hidden}>{t.compare.best}</span>
          </span>
        )}
      </span>
      {change && (
        <span className={classes.change} data-kind={compared(number, baseNumber, direction)}>
          {change}
        </span>
      )}
    </td>
  );
}
