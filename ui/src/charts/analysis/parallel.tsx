/** Parallel coordinates: each run a line over the axes of its values, coloured by the last. */

import { Button, Text, useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef, useViewportSize } from "@mantine/hooks";
import { useMemo, useRef, useState } from "react";
import { Edges } from "../../components/edges";
import { EmptyState } from "../../components/states";
import { useLanguage, useText } from "../../i18n";
import { type Brush, type Brushes, readBrush, selectedRuns, writeBrush } from "../../lib/analysis/brushes";
import { scaleOf } from "../../lib/analysis/column-scale";
import { lookedAt, parallelAxes } from "../../lib/analysis/default-axes";
import { useNarrow } from "../../state/narrow";
import { cellOf } from "../../state/run-list";
import classes from "./analysis.module.css";
import { AnalysisFrame, type ChartData, Note } from "./analysis-frame";
import type { AnalysisProps } from "./analysis-props";
import { ColumnSelect } from "./column-select";
import type { ParallelAxis } from "./parallel-axis";
import { AxisHeads } from "./parallel-heads";
import { ParallelPlot } from "./parallel-plot";
import { RunsTable } from "./runs-table";
import { cellFormat, dataKey, useAnalysis, useColumnName, useKept, useSame } from "./use-analysis";

const LEAST_GAP = 84;
/** So many axes are seen at once on a narrow screen. */
const NARROW_AXES = 4;
const MARGIN = { left: 48, right: 80 };
const NARROW_MARGIN = { left: 36, right: 62 };
const BRUSH = "b:";
const SCALE = "s:";

export function ParallelCoordinates(props: AnalysisProps) {
  const { runs, columns } = props;
  const t = useText().analysis;
  const narrow = useNarrow();
  const language = useLanguage();
  const ground = useComputedColorScheme("light");
  const name = useColumnName();
  const analysis = useAnalysis(props, ["parallel"]);
  const { options, column, change } = analysis;
  const usual = useKept(analysis.chosen ? "" : `${narrow} ${dataKey(props)}`, () =>
    analysis.chosen
      ? []
      : parallelAxes(columns.map(column), lookedAt(analysis.elsewhere), narrow ? NARROW_AXES : undefined),
  );
  const given = analysis.chosen ?? usual;
  const [order, setOrder] = useState<readonly string[] | null>(null);
  const ids = order && sameSet(order, given) ? order : given;
  const [draft, setDraft] = useState<{ id: string; brush: Brush | null; chart: string | undefined } | null>(null);
  const picture = useRef<HTMLDivElement>(null);
  const { ref: sizeRef, width } = useElementSize<HTMLDivElement>();
  const scroller = useMergedRef(picture, sizeRef);
  const { height: viewport } = useViewportSize();
  const height = Math.max(280, Math.min(560, viewport - (narrow ? 430 : 330)));

  const margin = narrow ? NARROW_MARGIN : MARGIN;
  const columnsShown = useSame(ids.map(column));
  const axes = useMemo<ParallelAxis[]>(() => {
    const count = columnsShown.length;
    const whole = Math.max(width, margin.left + margin.right + LEAST_GAP * (count - 1));
    const gap = count > 1 ? (whole - margin.left - margin.right) / (count - 1) : 0;
    return columnsShown.map((values, i) => {
      const { id } = values;
      const kind = options[SCALE + id];
      const scale = scaleOf(values, { kind: kind === "log" || kind === "linear" ? kind : undefined });
      return { id, name: name(id), values, scale, x: margin.left + i * gap };
    });
  }, [columnsShown, options, width, name, margin]);

  const brushes = useMemo<Brushes>(() => {
    const found: Record<string, Brush> = {};
    for (const id of ids) {
      const brush = readBrush(options[BRUSH + id] ?? "");
      if (brush) found[id] = brush;
    }
    // What is being dragged stays as it is until the URL says it.
    if (draft && draft.chart === props.chart) {
      if (draft.brush) found[draft.id] = draft.brush;
      else delete found[draft.id];
    }
    return found;
  }, [ids, options, draft, props.chart]);
  const selected = useMemo(
    () =>
      selectedRuns(
        axes.map((axis) => axis.values),
        brushes,
        runs.length,
      ),
    [axes, brushes, runs.length],
  );
  const chosenRuns = selected ? runs.filter((_, i) => selected[i]) : runs;

  const setBrush = (id: string, brush: Brush | null, final: boolean) => {
    setDraft({ id, brush, chart: props.chart });
    if (final)
      change({
        options: { [BRUSH + id]: brush ? writeBrush(brush) : undefined },
        ...(!analysis.chosen && { axes: ids }),
      });
  };
  const setAxes = (next: readonly string[]) => {
    setOrder(null);
    change({ axes: next });
  };

  if (runs.length < 2) {
    return (
      <EmptyState title={t.tooFewTitle}>
        <Text>{t.tooFewRuns(runs.length)}</Text>
      </EmptyState>
    );
  }
  const data = (): ChartData => ({
    header: ["run_id", "run_name", ...ids],
    rows: chosenRuns.map((run) => [run.id, run.name, ...ids.map((id) => cellOf(run, id))]),
  });
  const last = axes.at(-1);
  const plotWidth = Math.max(width, (last?.x ?? 0) + margin.right);
  return (
    <AnalysisFrame
      title={t.parallel}
      analysis={analysis}
      picture={picture}
      data={data}
      controls={
        <>
          <ColumnSelect
            columns={columns.filter((id) => !ids.includes(id))}
            value={null}
            placeholder={t.addAxis}
            aria-label={t.addAxis}
            className={classes.picker}
            onChange={(id) => id && setAxes([...ids.slice(0, -1), id, ...ids.slice(-1)])}
          />
          <div className={classes.status} role="status">
            {selected && <Text size="sm">{t.selected(chosenRuns.length, runs.length)}</Text>}
            {Object.keys(brushes).length > 0 && (
              <Button
                size="compact-xs"
                variant="light"
                onClick={() => change({ options: Object.fromEntries(ids.map((id) => [BRUSH + id, undefined])) })}
              >
                {t.clearBrushes}
              </Button>
            )}
          </div>
        </>
      }
      notes={<Note say={[t.parallelHint, last && `${t.colourBy(last.name)}${t.stop}`, t.colourScale]} />}
      table={
        <RunsTable
          label={t.parallel}
          rowLabel={t.run}
          columns={ids.map((id) => ({
            id,
            label: name(id),
            numeric: column(id).kind === "number",
            format: cellFormat(column(id), language),
          }))}
          rows={chosenRuns.map((run) => ({
            id: run.id,
            name: run.name,
            colour: run.colour,
            cells: ids.map((id) => {
              const cell = cellOf(run, id);
              return column(id).kind === "number" && cell !== null && Number.isFinite(Number(cell))
                ? Number(cell)
                : cell;
            }),
          }))}
          onOpen={props.onOpen}
        />
      }
    >
      <Edges axis="x">
        <div className={classes.scroller} ref={scroller}>
          {axes.length < 2 && (
            <EmptyState title={t.noColumnsTitle}>
              <Text>{t.noColumnsParallel}</Text>
            </EmptyState>
          )}
          {axes.length > 0 && width > 0 && (
            <div style={{ width: plotWidth }}>
              <AxisHeads
                axes={axes}
                width={plotWidth}
                brushes={brushes}
                onDrag={setOrder}
                onOrder={setAxes}
                onBrush={(id, brush) => setBrush(id, brush, true)}
                onScale={(id, kind) => change({ options: { [SCALE + id]: kind } })}
              />
              <ParallelPlot
                runs={runs}
                axes={axes}
                width={plotWidth}
                height={height}
                brushes={brushes}
                selected={selected}
                ground={ground}
                onBrush={setBrush}
                onOpen={props.onOpen}
              />
            </div>
          )}
        </div>
      </Edges>
    </AnalysisFrame>
  );
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
