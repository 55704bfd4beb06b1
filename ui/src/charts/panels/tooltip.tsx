/** What the curves at the pointer are, beside it. */

import { Portal } from "@mantine/core";
import { useLayoutEffect, useRef, useSyncExternalStore } from "react";
import type { Axis } from "../../api/chart";
import { useLanguage, useText } from "../../i18n";
import { formatNumber } from "../../lib/format";
import type { Near } from "../../lib/panels/nearest";
import type { Hover } from "./hover";
import classes from "./panels.module.css";
import { placeText } from "./values";

const MOST_ROWS = 12;
const BESIDE = 16;
const DIGITS = 5;

export function ChartTooltip({ hover, axis }: { hover: Hover; axis: Axis }) {
  const now = useSyncExternalStore(hover.subscribe, () => hover.now);
  const box = useRef<HTMLDivElement>(null);
  const language = useLanguage();
  const t = useText();
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !now) return;
    // Beside the pointer, on the side where there is room; set here, as its size is known only now.
    const { width, height } = element.getBoundingClientRect();
    const right = now.left + BESIDE + width <= window.innerWidth - 4;
    const left = right ? now.left + BESIDE : Math.max(4, now.left - BESIDE - width);
    const top = Math.min(Math.max(4, now.top - height / 2), Math.max(4, window.innerHeight - height - 4));
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }, [now]);
  if (!now || now.near.length === 0) return null;
  const shown = byValue(now.near.slice(0, MOST_ROWS));
  const more = now.near.length - shown.length;
  const atX = now.near.find((one) => one.curve.id === now.curve) ?? now.near[0];
  return (
    <Portal>
      <div ref={box} className={classes.tooltip} aria-hidden="true" style={{ left: 0, top: 0 }}>
        <div className={classes.faint}>{placeText(atX?.curve.x[atX.index] ?? now.x, axis, language, t)}</div>
        <table>
          <tbody>
            {shown.map((one) => (
              <Row key={one.curve.id} near={one} strong={one.curve.id === now.curve} axis={axis} at={atX} />
            ))}
          </tbody>
        </table>
        {more > 0 && <div className={classes.faint}>{t.charts.tooltip.more(more)}</div>}
      </div>
    </Portal>
  );
}

function byValue(near: readonly Near[]): Near[] {
  const value = ({ curve, index }: Near) => (curve.smooth ?? curve.mean)[index] ?? Number.NaN;
  // What is no number goes last.
  return [...near].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? Number(Number.isNaN(x)) - Number(Number.isNaN(y)) : y - x;
  });
}

function Row({ near, strong, axis, at }: { near: Near; strong: boolean; axis: Axis; at: Near | undefined }) {
  const t = useText();
  const language = useLanguage();
  const { curve, index } = near;
  const [count, odd] = [curve.count[index] ?? 0, curve.nonfinite[index] ?? 0];
  const [low, high] = [curve.low[index] ?? Number.NaN, curve.high[index] ?? Number.NaN];
  const mean = curve.mean[index] ?? Number.NaN;
  // A single point that is not finite is said as it is.
  const value = Number.isNaN(mean) && count === 1 ? (curve.last?.[index] ?? mean) : mean;
  const more = [
    curve.smooth && Number.isFinite(mean)
      ? `${t.charts.tooltip.smoothed} ${formatNumber(curve.smooth[index] ?? 0, DIGITS)}`
      : "",
    low < high ? t.charts.tooltip.range(formatNumber(low, 4), formatNumber(high, 4)) : "",
    curve.members ? t.charts.tooltip.runs(curve.members[index] ?? 0) : "",
    odd > 0 && count > 1 ? t.charts.tooltip.odd(odd) : "",
    at && curve.x[index] !== at.curve.x[at.index] ? placeText(curve.x[index] ?? 0, axis, language, t) : "",
  ].filter(Boolean);
  return (
    <tr data-strong={strong || undefined}>
      <td>
        <span className="dot" style={{ background: curve.colour }} />
      </td>
      <td className={classes.who}>{curve.name}</td>
      <td className={classes.value}>{formatNumber(value, DIGITS)}</td>
      <td className={classes.faint}>{more.join(" · ")}</td>
    </tr>
  );
}
