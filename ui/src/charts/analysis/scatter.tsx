/** Runs as points over two columns, as a surface over two columns, or as the spread of one column in groups of another. */

import { Checkbox, SegmentedControl, Select, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef, useViewportSize } from "@mantine/hooks";
import { useMemo, useRef } from "react";
import { EmptyState } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { logPossible, scaleOf } from "../../lib/analysis/column-scale";
import type { ColumnValues } from "../../lib/analysis/column-values";
import { betterOf, boxAxes, contourAxes, lookedAt, scatterAxes } from "../../lib/analysis/default-axes";
import type { Direction } from "../../lib/analysis/pareto";
import { cellOf } from "../../state/run-list";
import classes from "./analysis.module.css";
import { AnalysisFrame, type ChartData } from "./analysis-frame";
import type { AnalysisProps } from "./analysis-props";
import { BoxPlot, boxData, boxRows, groupsOf } from "./box";
import { AxisPicker, ColumnSelect } from "./column-select";
import { ContourPlot } from "./contour";
import type { PlotProps, ShownColumn } from "./plot-props";
import { RunsTable } from "./runs-table";
import { ScatterPlot } from "./scatter-plot";
import { cellFormat, dataKey, useAnalysis, useColumnName, useKept, useSame } from "./use-analysis";

const VARIANTS = ["scatter", "contour", "box"] as const;
const USUAL = { scatter: scatterAxes, contour: contourAxes, box: boxAxes };

export function Scatter(props: AnalysisProps) {
  const { runs, columns } = props;
  const t = useText().analysis;
  const language = useLanguage();
  const ground = useComputedColorScheme("light");
  const name = useColumnName();
  const analysis = useAnalysis(props, VARIANTS as unknown as [string, ...string[]]);
  const { options, column, change } = analysis;
  const variant = VARIANTS.find((one) => one === analysis.variant) ?? "scatter";
  const usual = useKept(variant + dataKey(props), () =>
    USUAL[variant](columns.map(column), lookedAt(analysis.elsewhere)),
  );
  const picture = useRef<HTMLDivElement>(null);
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const box = useMergedRef(picture, sizeRef);
  const { height: viewport } = useViewportSize();
  const height = Math.round(Math.max(300, Math.min(width * 0.75 + 40, viewport - 330, 620)));

  const ids = analysis.chosen ?? usual;
  const xId = ids[0] ?? usual.find((id) => id !== ids[1]);
  const yId = ids[1] ?? usual.find((id) => id !== xId);
  const zId = variant === "contour" ? (ids[2] ?? usual.find((id) => id !== xId && id !== yId)) : undefined;
  // Of those beyond x and y, which is the colour and which the size; the third is the colour unless it says otherwise.
  const role = (option: string, otherwise: string | undefined) => {
    const at = options[option];
    return at === undefined ? otherwise : ids[Number(at)];
  };
  const cId = variant === "scatter" ? role("c", analysis.chosen ? undefined : ids[2]) : undefined;
  const sId = variant === "scatter" ? role("s", undefined) : undefined;
  const zoom = readZoom(options.zoom);
  const pareto = readPareto(options.pareto);

  const shownIds = [xId, yId, zId ?? cId, sId];
  const [xValues, yValues, zValues, sValues] = useSame(
    shownIds.map((id) => (id === undefined ? undefined : column(id))),
  );
  const shown = useMemo(() => {
    const of = (values: ColumnValues | undefined, letter: string, pad: number): ShownColumn | undefined => {
      if (!values) return undefined;
      const kind = options[letter];
      const scale = scaleOf(values, { kind: kind === "log" || kind === "linear" ? kind : undefined, pad });
      return { id: values.id, name: name(values.id), values, scale };
    };
    const pad = { scatter: 0.05, contour: 0.02, box: 0.05 }[variant];
    return {
      x: of(xValues, "x", variant === "box" ? 0 : pad),
      y: of(yValues, "y", pad),
      z: of(zValues, "z", 0),
      s: of(sValues, "", 0),
    };
  }, [xValues, yValues, zValues, sValues, options, name, variant]);

  if (runs.length < 2) {
    return (
      <EmptyState title={t.tooFewTitle}>
        <Text>{t.tooFewRuns(runs.length)}</Text>
      </EmptyState>
    );
  }

  /** Puts columns in their places and says which is which. */
  const setColumns = (change_: { x?: string; y?: string; z?: string; c?: string | null; s?: string | null }) => {
    const x = change_.x ?? xId;
    const y = change_.y ?? yId;
    if (x === undefined || y === undefined) return;
    if (variant === "contour") {
      const z = change_.z ?? zId;
      change({ axes: z === undefined ? [x, y] : [x, y, z], options: { zoom: undefined } });
      return;
    }
    if (variant === "box") {
      change({ axes: [x, y], options: { zoom: undefined } });
      return;
    }
    const c = change_.c === undefined ? cId : change_.c;
    const s = change_.s === undefined ? sId : change_.s;
    const rest = [...new Set([c, s].filter((id) => id !== null && id !== undefined))];
    change({
      axes: [x, y, ...rest],
      options: {
        c: c ? String(2 + rest.indexOf(c)) : undefined,
        s: s ? String(2 + rest.indexOf(s)) : undefined,
        ...((x !== xId || y !== yId) && { zoom: undefined, pareto: undefined }),
      },
    });
  };
  // What was chosen by the chart itself is fixed with the first choice of a person's own, so that a link shows the same.
  const setOptions = (next: Record<string, string | undefined>) => {
    if (analysis.chosen || xId === undefined || yId === undefined) change({ options: next });
    else change({ axes: ids, options: { ...next, ...(cId && { c: "2" }) } });
  };
  const setLog = (letter: string) => (log: boolean) =>
    setOptions({ [letter]: log ? "log" : "linear", ...(letter !== "z" && { zoom: undefined }) });
  const logOf = (one: ShownColumn | undefined) =>
    one && logPossible(one.values) ? one.scale.kind === "log" : undefined;

  const { x, y, z, s } = shown;
  const numeric = x?.values.kind === "number" && y?.values.kind === "number";
  const tableIds = [...new Set([xId, yId, zId, cId, sId].filter((id) => id !== undefined))];
  const groups = variant === "box" && x && y ? groupsOf(x, y, language) : null;
  const data = (): ChartData =>
    groups
      ? boxData(groups, t)
      : {
          header: ["run_id", "run_name", ...tableIds],
          rows: runs.map((run) => [run.id, run.name, ...tableIds.map((id) => cellOf(run, id))]),
        };
  const plot: Omit<PlotProps, "x" | "y"> = {
    runs,
    width,
    height,
    zoom,
    onZoom: (next) => setOptions({ zoom: next ? next.map((one) => Number(one.toPrecision(6))).join("~") : undefined }),
    onOpen: props.onOpen,
  };

  return (
    <AnalysisFrame
      title={t[variant]}
      analysis={analysis}
      folds
      picture={picture}
      data={data}
      controls={
        <>
          <SegmentedControl
            aria-label={t.chartKind}
            data={VARIANTS.map((one) => ({ value: one, label: t[one] }))}
            value={variant}
            onChange={(next) => change({ variant: next, options: { zoom: undefined, pareto: undefined } })}
          />
          <AxisPicker
            label={variant === "box" ? t.groupBy : t.x}
            columns={columns}
            value={xId ?? null}
            allowDeselect={false}
            onChange={(id) => id && setColumns({ x: id })}
            log={variant === "box" ? undefined : logOf(x)}
            onLog={setLog("x")}
          />
          <AxisPicker
            label={variant === "box" ? t.spreadOf : t.y}
            columns={columns}
            value={yId ?? null}
            allowDeselect={false}
            onChange={(id) => id && setColumns({ y: id })}
            log={logOf(y)}
            onLog={setLog("y")}
          />
          {variant === "contour" && (
            <AxisPicker
              label={t.height}
              columns={columns}
              value={zId ?? null}
              allowDeselect={false}
              onChange={(id) => id && setColumns({ z: id })}
              log={logOf(z)}
              onLog={setLog("z")}
            />
          )}
          {variant === "scatter" && (
            <>
              <AxisPicker
                label={t.colour}
                columns={columns}
                value={cId ?? null}
                clearable
                placeholder={t.colourRuns}
                onChange={(id) => setColumns({ c: id })}
                log={logOf(z)}
                onLog={setLog("z")}
              />
              <ColumnSelect
                label={t.size}
                columns={columns.filter((id) => column(id).kind === "number")}
                value={sId ?? null}
                clearable
                placeholder={t.sameSize}
                onChange={(id) => setColumns({ s: id })}
                className={classes.picker}
              />
              {numeric && (
                <ParetoControl
                  value={pareto}
                  usual={[betterOf(xId ?? ""), betterOf(yId ?? "")]}
                  onChange={(next) => setOptions({ pareto: next?.join(".") })}
                />
              )}
            </>
          )}
        </>
      }
      table={
        groups ? (
          <RunsTable label={t.box} rowLabel={t.group} {...boxRows(groups, t)} />
        ) : (
          <RunsTable
            label={t[variant]}
            rowLabel={t.run}
            columns={tableIds.map((id) => ({
              id,
              label: name(id),
              numeric: column(id).kind === "number",
              format: cellFormat(column(id), language),
            }))}
            rows={runs.map((run, i) => ({
              id: run.id,
              name: run.name,
              colour: run.colour,
              cells: tableIds.map((id) => tableCell(column(id), i) ?? cellOf(run, id)),
            }))}
            onOpen={props.onOpen}
          />
        )
      }
    >
      <div ref={box}>
        {!x || !y ? (
          <EmptyState title={t.noColumnsTitle}>
            <Text>{t.noColumnsScatter}</Text>
          </EmptyState>
        ) : (
          width > 0 && (
            <>
              {variant === "scatter" && (
                <ScatterPlot
                  {...plot}
                  x={x}
                  y={y}
                  colour={z}
                  size={s}
                  pareto={numeric ? pareto : null}
                  ground={ground}
                />
              )}
              {variant === "contour" && <ContourPlot {...plot} x={x} y={y} z={z} ground={ground} />}
              {groups && <BoxPlot {...plot} x={x} y={y} groups={groups} />}
            </>
          )
        )}
      </div>
    </AnalysisFrame>
  );
}

/** A number as a number, so that the table sorts it as one. */
function tableCell(column: ColumnValues, run: number): number | null {
  const value = column.kind === "number" ? (column.numbers[run] ?? Number.NaN) : Number.NaN;
  return Number.isNaN(value) ? null : value;
}

interface ParetoControlProps {
  value: readonly [Direction, Direction] | null;
  usual: readonly [Direction, Direction];
  onChange: (value: readonly [Direction, Direction] | null) => void;
}

function ParetoControl({ value, usual, onChange }: ParetoControlProps) {
  const t = useText().analysis;
  const ways = ["min.min", "min.max", "max.min", "max.max"];
  const word = (direction: string | undefined) => (direction === "min" ? t.lower : t.higher);
  return (
    <>
      <Checkbox
        size="xs"
        pb={7}
        label={t.pareto}
        checked={value !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? usual : null)}
      />
      {value && (
        <Select
          w={150}
          label={t.better}
          data={ways.map((way) => ({
            value: way,
            label: t.betterXy(word(way.split(".")[0]), word(way.split(".")[1])),
          }))}
          value={value.join(".")}
          allowDeselect={false}
          onChange={(next) => onChange(readPareto(next ?? undefined))}
        />
      )}
    </>
  );
}

function readZoom(text: string | undefined): readonly [number, number, number, number] | null {
  const parts = (text ?? "").split("~").map(Number);
  const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = parts;
  return parts.length === 4 && x0 < x1 && y0 < y1 ? [x0, x1, y0, y1] : null;
}

function readPareto(text: string | undefined): readonly [Direction, Direction] | null {
  const [x, y, more] = (text ?? "").split(".");
  const is = (one: string | undefined): one is Direction => one === "min" || one === "max";
  return is(x) && is(y) && more === undefined ? [x, y] : null;
}
