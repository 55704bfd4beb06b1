/** Last, least and greatest value of each curve: beside a chart, or in its place for those who do not see it. */

import { Table, UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Axis } from "../../api/chart";
import { Icon } from "../../components/icons";
import { type Language, useLanguage, useText } from "../../i18n";
import { columnFormat, formatNumber } from "../../lib/format";
import { type Curve, type Summary, summarise } from "../../lib/panels/curves";
import { formatX } from "../../lib/panels/ticks";
import type { Hover } from "./hover";
import classes from "./panels.module.css";

/** More rows than these are not read, and take time to make. */
const MOST_ROWS = 50;

interface ValuesProps {
  metric: string;
  curves: readonly Curve[];
  axis: Axis;
}

/** An x as text: "step 30", "1h 30m". */
export function placeText(x: number, axis: Axis, language: Language, t: ReturnType<typeof useText>): string {
  const text = formatX(axis, x, language);
  return axis === "step" ? t.charts.atStep(text) : text;
}

/** An x as text; that of a bucket is about where the value is. */
function usePlace(axis: Axis): (x: number, exact: boolean) => string {
  const t = useText();
  const language = useLanguage();
  return (x, exact) => `${exact ? "" : "≈ "}${placeText(x, axis, language, t)}`;
}

/** The text alternative of a chart. */
export function HiddenValues({ metric, curves, axis }: ValuesProps) {
  const t = useText();
  const { columns } = t.charts;
  const groups = curves.some((curve) => curve.members);
  const place = usePlace(axis);
  return (
    <table>
      <caption>{t.charts.table(metric)}</caption>
      <thead>
        <tr>
          <th scope="col">{groups ? columns.group : columns.run}</th>
          <th scope="col">{columns.last}</th>
          <th scope="col">{columns.min}</th>
          <th scope="col">{columns.max}</th>
        </tr>
      </thead>
      <tbody>
        {curves.slice(0, MOST_ROWS).map((curve) => {
          const found = summarise(curve);
          if (!found) return null;
          return (
            <tr key={curve.id}>
              <th scope="row">{curve.name}</th>
              <td>{`${formatNumber(found.last)} (${place(found.lastX, found.exact)})`}</td>
              <td>{`${formatNumber(found.min)} (${place(found.minX, found.exact)})`}</td>
              <td>{`${formatNumber(found.max)} (${place(found.maxX, found.exact)})`}</td>
            </tr>
          );
        })}
      </tbody>
      {curves.length > MOST_ROWS && (
        <tfoot>
          <tr>
            <td colSpan={4}>{t.charts.moreRows(curves.length - MOST_ROWS)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

type Column = "name" | "last" | "min" | "max";

interface Sort {
  column: Column;
  descending: boolean;
}

/** The legend of a chart that is shown full screen. */
export function Legend({ metric, curves, axis, hover }: ValuesProps & { hover: Hover }) {
  const t = useText();
  const { columns } = t.charts;
  const groups = curves.some((curve) => curve.members);
  const place = usePlace(axis);
  const [sort, setSort] = useState<Sort | null>(null);
  const rows = useMemo(() => {
    const found = curves.flatMap((curve) => {
      const summary = summarise(curve);
      return summary ? [{ curve, summary }] : [];
    });
    return sort ? found.sort((a, b) => compareRows(a, b, sort)) : found;
  }, [curves, sort]);
  const format = useMemo(
    () => columnFormat(rows.flatMap(({ summary }) => [summary.last, summary.min, summary.max])),
    [rows],
  );
  const head = (column: Column, label: string) => (
    <SortHead
      label={label}
      number={column !== "name"}
      sorted={sort?.column === column ? (sort.descending ? "descending" : "ascending") : "none"}
      onSort={() => setSort(nextSort(sort, column))}
    />
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.legend} aria-label={t.charts.table(metric)} tabIndex={0}>
      <Table>
        <thead>
          <tr>
            {head("name", groups ? columns.group : columns.run)}
            {head("last", columns.last)}
            {head("min", columns.min)}
            {head("max", columns.max)}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ curve, summary }) => {
            const cell = (value: number, x: number) => (
              <td className={classes.value}>
                {format(value)}
                {Number.isFinite(x) && <small>{place(x, summary.exact)}</small>}
              </td>
            );
            return (
              <tr key={curve.id} onPointerEnter={() => hover.pin(curve.id)} onPointerLeave={() => hover.pin(null)}>
                <td>
                  <span className={classes.named}>
                    <span className="dot" style={{ background: curve.colour }} /> {curve.name}
                  </span>
                </td>
                {cell(summary.last, summary.lastX)}
                {cell(summary.min, summary.minX)}
                {cell(summary.max, summary.maxX)}
              </tr>
            );
          })}
        </tbody>
      </Table>
    </section>
  );
}

interface SortHeadProps {
  label: string;
  number: boolean;
  sorted: "ascending" | "descending" | "none";
  onSort: () => void;
}

function SortHead({ label, number, sorted, onSort }: SortHeadProps) {
  return (
    <th scope="col" className={number ? classes.value : ""} aria-sort={sorted}>
      <UnstyledButton className={classes.sort ?? ""} onClick={onSort}>
        {label}
        {sorted !== "none" && <Icon name={sorted === "descending" ? "down" : "up"} size={10} />}
      </UnstyledButton>
    </th>
  );
}

/** Upwards, downwards, and as curves are. */
function nextSort(sort: Sort | null, column: Column): Sort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

interface Row {
  curve: Curve;
  summary: Summary;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** What is no number comes last either way. */
function compareRows(a: Row, b: Row, { column, descending }: Sort): number {
  const sign = descending ? -1 : 1;
  if (column === "name") return sign * collator.compare(a.curve.name, b.curve.name);
  const [one, other] = [a.summary[column], b.summary[column]];
  if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return sign * (one - other);
}
