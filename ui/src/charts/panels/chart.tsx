/** A metric's canvas, and what it shows as text. */

import { VisuallyHidden } from "@mantine/core";
import { type RefObject, startTransition, useEffect, useMemo, useState } from "react";
import { useText } from "../../i18n";
import { prefixOf } from "../../lib/panels/panel-order";
import classes from "./panels.module.css";
import type { Shown } from "./picture";
import type { Picture } from "./plot";
import { PlotView } from "./plot-view";
import { HiddenValues } from "./values";

/** How long after what is seen its text alternative is made. */
const LATER_MS = 250;

interface ChartProps {
  metric: string;
  shown: Shown;
  picture: Picture | null;
  host: RefObject<HTMLElement | null>;
  onZoom: (range: [number, number] | undefined, moving?: boolean) => void;
  height?: number;
  shifted?: boolean;
}

/** The canvas, and what it shows as text. */
export function Chart({ metric, shown, picture, host, onZoom, height, shifted = false }: ChartProps) {
  const t = useText();
  const label = `${t.charts.chartOf(metric)}. ${t.charts.axisLabel[picture?.axis ?? shown.x]}. ${t.charts.summary(
    picture?.curves.length ?? 0,
    shown.groups !== undefined,
  )}. ${t.charts.chartKeys}`;
  return (
    <>
      <PlotView
        panel={metric}
        label={label}
        picture={picture}
        hover={shown.hover}
        onZoom={onZoom}
        shifted={shifted}
        {...(height !== undefined && { height })}
        host={host}
      />
      {picture && <LateValues metric={metric} picture={picture} />}
    </>
  );
}

/** The text alternative, made after what is seen. */
function LateValues({ metric, picture }: { metric: string; picture: Picture }) {
  const [late, setLate] = useState<Picture | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => setLate(picture)), LATER_MS);
    return () => clearTimeout(timer);
  }, [picture]);
  const table = useMemo(
    () => late && <HiddenValues metric={metric} curves={late.curves} axis={late.axis} />,
    [metric, late],
  );
  return <VisuallyHidden>{table}</VisuallyHidden>;
}

/** A metric's name, the prefix that its section has already said less strongly. */
export function MetricName({ metric }: { metric: string }) {
  const prefix = prefixOf(metric);
  if (!prefix) return metric;
  return (
    <>
      <span className={classes.prefix}>{prefix}/</span>
      {metric.slice(prefix.length + 1)}
    </>
  );
}
