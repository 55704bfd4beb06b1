/** What the plots of two axes have in common: zoom, the run under the pointer, keys. */

import { Button, VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { useText } from "../../i18n";
import type { Scale, Tick } from "../../lib/analysis/column-scale";
import classes from "./analysis.module.css";
import { Axes, type Plot } from "./axes";
import { RunTip } from "./run-tip";
import { useZoom, type ZoomRange } from "./use-zoom";

/** Something that can be pointed at. */
export interface Mark {
  x: number;
  y: number;
  /** How near a pointer must come. */
  reach: number;
  title: string;
  colour?: string;
  rows: readonly (readonly [string, string])[];
  /** The run that it is, if it is one. */
  runId?: string;
}

interface PlotAreaProps {
  label: string;
  width: number;
  height: number;
  plot: Plot;
  x: Scale;
  y: Scale;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
  xName: string;
  yName: string;
  xRoom?: number;
  zoomed: boolean;
  onZoom?: (zoom: ZoomRange | null) => void;
  onOpen: (runId: string) => void;
  /** Marks in an order for the keys. */
  count: number;
  /** The mark that is nearest to a place, -1 when none is near. */
  find: (x: number, y: number) => number;
  mark: (index: number) => Mark | undefined;
  /** What is drawn below all else, on a canvas. */
  canvas?: ReactNode;
  /** Drawn over the plot, but not outside its axes. */
  children: ReactNode;
  /** Drawn beside the plot. */
  legend?: ReactNode;
}

export function PlotArea(props: PlotAreaProps) {
  const { plot, width, height, zoomed, onZoom, onOpen, count, find, mark } = props;
  const t = useText().analysis;
  const clip = useId();
  const [active, setActive] = useState(-1);
  const [byKeys, setByKeys] = useState(false);
  const shown = active >= 0 ? mark(active) : undefined;
  const point = (index: number, keys = false) => {
    setActive(index);
    setByKeys(keys);
  };
  const zoom = useZoom({
    plot,
    x: props.x,
    y: props.y,
    onZoom: (range) => onZoom?.(range),
    onMove: (place) => point(find(place.x, place.y)),
    onClick: (place, touch) => {
      const hit = find(place.x, place.y);
      const found = mark(hit);
      // A finger has not seen the run yet that it would open.
      if (found?.runId && (!touch || hit === active)) onOpen(found.runId);
      else point(hit);
    },
  });
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && shown?.runId) onOpen(shown.runId);
    else if (event.key === "Escape") point(-1);
    else if (event.key === "0" && zoomed) onZoom?.(null);
    else if (event.key === "ArrowRight" || event.key === "ArrowDown") point(Math.min(count - 1, active + 1), true);
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") point(Math.max(0, active - 1), true);
    else if (event.key === "Home") point(0, true);
    else if (event.key === "End") point(count - 1, true);
    else return;
    event.preventDefault();
  };
  return (
    <div style={{ position: "relative" }}>
      <div
        className={classes.plot}
        style={{ width, height, cursor: shown?.runId ? "pointer" : onZoom ? "crosshair" : "default" }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys go from run to run
        tabIndex={0}
        role="application"
        aria-label={`${props.label}. ${t.plotKeys}`}
        {...zoom.handlers}
        // A finger that is lifted leaves, and what it pointed at stays.
        onPointerLeave={(event) => event.pointerType !== "touch" && point(-1)}
        onDoubleClick={() => zoomed && onZoom?.(null)}
        onKeyDown={keys}
      >
        {props.canvas}
        <svg width={width} height={height} data-plot="" aria-hidden="true">
          <clipPath id={clip}>
            <rect x={plot.left} y={plot.top} width={plot.width} height={plot.height} />
          </clipPath>
          <Axes
            plot={plot}
            x={props.xTicks}
            y={props.yTicks}
            xName={props.xName}
            yName={props.yName}
            {...(props.xRoom !== undefined && { xRoom: props.xRoom })}
          >
            <g clipPath={`url(#${clip})`}>{props.children}</g>
          </Axes>
          {props.legend}
          {zoom.rect && onZoom && <rect className={classes.brush} data-screen="" {...zoom.rect} />}
          {shown?.runId && !zoom.rect && (
            <circle className={classes.ring} data-screen="" cx={shown.x} cy={shown.y} r={shown.reach + 3} />
          )}
        </svg>
        {shown && !zoom.rect && (
          <RunTip
            x={shown.x}
            y={shown.y}
            width={width}
            height={height}
            title={shown.title}
            rows={shown.rows}
            {...(shown.colour && { colour: shown.colour })}
          />
        )}
        <VisuallyHidden aria-live="polite">
          {byKeys && shown && `${shown.title}: ${shown.rows.map(([name, value]) => `${name} ${value}`).join(", ")}`}
        </VisuallyHidden>
      </div>
      {zoomed && (
        <Button
          size="compact-xs"
          variant="default"
          style={{ position: "absolute", top: plot.top + 4, left: plot.left + 8 }}
          onClick={() => onZoom?.(null)}
        >
          {t.resetZoom}
        </Button>
      )}
    </div>
  );
}
