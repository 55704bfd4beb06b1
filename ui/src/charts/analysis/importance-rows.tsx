/** Parameters with their two numbers of importance, as bars and figures. */

import { Table, UnstyledButton } from "@mantine/core";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import type { Catalogue } from "../../i18n/en";
import type { ParamImportance } from "../../lib/analysis/importance";
import type { RankCorrelation } from "../../lib/analysis/rank-correlation";
import { fitText } from "../../lib/analysis/text-width";
import classes from "./analysis.module.css";

export type ImportanceSort = "share" | "rho" | "name";

/** The most important first, whichever number says so. */
export function sortedParams(
  params: readonly ParamImportance[],
  sort: ImportanceSort,
  name: (id: string) => string,
): ParamImportance[] {
  const rho = (one: ParamImportance) => (one.correlation ? Math.abs(one.correlation.rho) : -1);
  const growth = (one: ParamImportance) => one.growth ?? Number.NEGATIVE_INFINITY;
  const byName = (a: ParamImportance, b: ParamImportance) =>
    name(a.id).localeCompare(name(b.id), "en", { numeric: true });
  const order = {
    name: byName,
    rho: (a: ParamImportance, b: ParamImportance) => rho(b) - rho(a) || byName(a, b),
    // Without a forest only the correlation has an order.
    share: (a: ParamImportance, b: ParamImportance) =>
      (a.growth === null ? 0 : growth(b) - growth(a)) || rho(b) - rho(a) || byName(a, b),
  };
  return [...params].sort(order[sort]);
}

interface ImportanceRowsProps {
  rows: readonly ParamImportance[];
  name: (id: string) => string;
  /** The shares say little. */
  pale: boolean;
  sort: ImportanceSort;
  onSort: (sort: ImportanceSort) => void;
}

export function ImportanceRows({ rows, name, pale, sort, onSort }: ImportanceRowsProps) {
  const t = useText().analysis;
  const forest = rows.some((row) => row.share !== null);
  const head = (id: ImportanceSort, text: string) => (
    <Table.Th scope="col" aria-sort={sort !== id ? "none" : id === "name" ? "ascending" : "descending"}>
      <UnstyledButton className={classes.sort ?? ""} title={t.sortBy(text)} onClick={() => onSort(id)}>
        <span>{text}</span>
        {sort === id && <Icon name={id === "name" ? "up" : "down"} size={12} />}
      </UnstyledButton>
    </Table.Th>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section className={classes.importance} tabIndex={0} aria-label={t.importance}>
      <Table verticalSpacing={4} horizontalSpacing="sm" fz="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {head("name", t.parameter)}
            {forest && head("share", t.forest)}
            {head("rho", t.correlation)}
            <Table.Th scope="col" className={classes.wideOnly}>
              {t.interval}
            </Table.Th>
            <Table.Th scope="col" className={classes.wideOnly}>
              {t.p}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Th scope="row" fw={400} className={classes.paramName} title={name(row.id)}>
                {name(row.id)}
              </Table.Th>
              {forest && (
                <Table.Td>
                  <div className={classes.measure}>
                    <span className={classes.number}>{shareText(row.share)}</span>
                    <ShareBar share={row.share} pale={pale} />
                  </div>
                </Table.Td>
              )}
              <Table.Td>
                <div className={classes.measure}>
                  <span className={classes.number}>{row.correlation && signed(row.correlation.rho)}</span>
                  {row.correlation ? (
                    <RhoBar correlation={row.correlation} />
                  ) : (
                    <span className={classes.quiet}>{noCorrelation(row, t)}</span>
                  )}
                </div>
              </Table.Td>
              <Table.Td className={classes.wideOnly}>
                {row.correlation && `${signed(row.correlation.low)} … ${signed(row.correlation.high)}`}
              </Table.Td>
              <Table.Td className={classes.wideOnly}>{row.correlation && pText(row.correlation.p)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

const noCorrelation = (row: ParamImportance, t: Catalogue["analysis"]) =>
  row.kind === "category" ? t.notForCategories : t.tooFewPairs;

const shareText = (share: number | null) =>
  share === null ? "–" : share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(share * 100)} %`;

const signed = (rho: number) => (Math.abs(rho) < 0.005 ? "0.00" : `${rho < 0 ? "−" : "+"}${Math.abs(rho).toFixed(2)}`);

const pText = (p: number) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

function ShareBar({ share, pale }: { share: number | null; pale: boolean }) {
  return (
    <div className={classes.bars} aria-hidden="true">
      <div
        className={`${classes.bar} ${pale ? classes.barPale : ""}`}
        style={{ left: 0, width: `${(share ?? 0) * 100}%` }}
      />
    </div>
  );
}

function RhoBar({ correlation: { rho, low, high } }: { correlation: RankCorrelation }) {
  const place = (value: number) => 50 + value * 50;
  return (
    <div className={classes.bars} aria-hidden="true">
      <div
        className={`${classes.bar} ${rho < 0 ? classes.barNegative : ""}`}
        style={{ left: `${Math.min(50, place(rho))}%`, width: `${Math.abs(rho) * 50}%` }}
      />
      <div className={classes.middle} />
      <div className={classes.whisker} style={{ left: `${place(low)}%`, width: `${place(high) - place(low)}%` }} />
    </div>
  );
}

const ROW = 22;
const NAME = 180;
const BAR = 240;
const FIGURE = 52;

/** The same as a picture, only for files. */
export function ImportancePicture({
  rows,
  name,
  title,
}: {
  rows: readonly ParamImportance[];
  name: (id: string) => string;
  title: string;
}) {
  const t = useText().analysis;
  const withForest = rows.some((row) => row.share !== null);
  const forest = NAME + FIGURE;
  const rho = (withForest ? forest + BAR + 24 : NAME) + FIGURE;
  const width = rho + BAR + 12;
  const height = 56 + rows.length * ROW;
  const middle = rho + BAR / 2;
  return (
    <svg className={classes.exported} width={width} height={height} data-plot="" data-export="" aria-hidden="true">
      <text className={classes.axisName} x={8} y={18}>
        {title}
      </text>
      {withForest && (
        <text className={classes.axisName} x={forest} y={42}>
          {t.forest}
        </text>
      )}
      <text className={classes.axisName} x={rho} y={42}>
        {t.correlation}
      </text>
      <line className={classes.axis} x1={middle} x2={middle} y1={50} y2={height - 6} />
      {rows.map(({ id, share, correlation: c }, i) => {
        const y = 52 + i * ROW;
        const place = (value: number) => middle + (value * BAR) / 2;
        return (
          <g key={id}>
            <text className={classes.tick} x={8} y={y + 12}>
              {fitText(name(id), 11, NAME - 16)}
            </text>
            {withForest && (
              <>
                <text className={classes.tick} x={forest - 8} y={y + 12} textAnchor="end">
                  {shareText(share)}
                </text>
                <rect className={classes.barFill} x={forest} y={y + 3} width={(share ?? 0) * BAR} height={11} />
              </>
            )}
            {c && (
              <>
                <text className={classes.tick} x={rho - 8} y={y + 12} textAnchor="end">
                  {signed(c.rho)}
                </text>
                <rect
                  className={c.rho < 0 ? classes.barFillNegative : classes.barFill}
                  x={Math.min(middle, place(c.rho))}
                  y={y + 3}
                  width={(Math.abs(c.rho) * BAR) / 2}
                  height={11}
                />
                <line className={classes.axis} x1={place(c.low)} x2={place(c.high)} y1={y + 8.5} y2={y + 8.5} />
              </>
            )}
          </g>
        );
      })}
    </svg>
  );
}
