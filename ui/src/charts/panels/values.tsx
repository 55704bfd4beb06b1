/** Last, least and greatest value of each curve: beside a chart, or in its place for those who do not see it. */

import { Table } from "@mantine/core";
import type { Axis } from "../../api/chart";
import { useLanguage, useText } from "../../i18n";
import { formatNumber } from "../../lib/format";
import { type Curve, summarise } from "../../lib/panels/curves";
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

/** An x as text; that of a bucket is about where the value is. */
function usePlace(axis: Axis): (x: number, exact: boolean) => string {
  const language = useLanguage();
  return (x, exact) => `${exact ? "" : "≈ "}${formatX(axis, x, language)}`;
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

/** The legend of a chart that is shown full screen. */
export function Legend({ metric, curves, axis, hover }: ValuesProps & { hover: Hover }) {
  const t = useText();
  const { columns } = t.charts;
  const groups = curves.some((curve) => curve.members);
  const place = usePlace(axis);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.legend} aria-label={t.charts.table(metric)} tabIndex={0}>
      <Table>
        <thead>
          <tr>
            <th scope="col">{groups ? columns.group : columns.run}</th>
            <th scope="col" className={classes.value}>
              {columns.last}
            </th>
            <th scope="col" className={classes.value}>
              {columns.min}
            </th>
            <th scope="col" className={classes.value}>
              {columns.max}
            </th>
          </tr>
        </thead>
        <tbody>
          {curves.map((curve) => {
            const found = summarise(curve);
            if (!found) return null;
            const cell = (value: number, x: number) => (
              <td className={classes.value}>
                {formatNumber(value)}
                {Number.isFinite(x) && <small>{place(x, found.exact)}</small>}
              </td>
            );
            return (
              <tr key={curve.id} onPointerEnter={() => hover.pin(curve.id)} onPointerLeave={() => hover.pin(null)}>
                <td>
                  <span className="dot" style={{ background: curve.colour }} /> {curve.name}
                </td>
                {cell(found.last, found.lastX)}
                {cell(found.min, found.minX)}
                {cell(found.max, found.maxX)}
              </tr>
            );
          })}
        </tbody>
      </Table>
    </section>
  );
}
