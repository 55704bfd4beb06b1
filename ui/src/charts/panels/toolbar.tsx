/** How all panels are shown: axes, smoothing, size, which of them. */

import { Box, Button, NumberInput, SegmentedControl, Slider, TextInput, Tooltip } from "@mantine/core";
import { useEffect, useId, useRef, useState } from "react";
import type { Axis } from "../../api/chart";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { DEFAULT_SIZE, type PanelSize, panelSize } from "../../lib/panels/layout";
import { readPattern } from "../../lib/panels/pattern";
import type { ChartState } from "../../state/charts";
import type { Changer } from "../../state/search";
import classes from "./panels.module.css";

export const MOST_SMOOTH = 0.999;
const AXES: readonly Axis[] = ["step", "relative", "time"];
const SETTLE_MS = 250;

export interface ToolbarProps {
  state: ChartState;
  onChange: Changer<ChartState>;
  /** The smoothing as it is drawn now, ahead of the URL's. */
  smooth: number;
  onSmooth: (weight: number) => void;
  /** Without what concerns many panels. */
  single?: boolean;
}

export function Toolbar({ state, onChange, smooth, onSmooth, single = false }: ToolbarProps) {
  const t = useText();
  const axis = state.x ?? "step";
  return (
    <Box className={classes.toolbar ?? ""} role="group" aria-label={t.charts.toolbar}>
      <SegmentedControl
        size="xs"
        aria-label={t.charts.xAxis}
        data={AXES.map((value) => ({ value, label: t.charts.axis[value] }))}
        value={axis}
        onChange={(value) => onChange({ x: value === "step" ? undefined : (value as Axis), range: undefined })}
      />
      <Button.Group>
        <Toggle
          label={t.charts.logX}
          on={state.logx === true && axis !== "time"}
          why={axis === "time" ? t.charts.noLogTime : undefined}
          onToggle={(on) => onChange({ logx: on || undefined })}
        />
        <Toggle label={t.charts.logY} on={state.logy === true} onToggle={(on) => onChange({ logy: on || undefined })} />
      </Button.Group>
      <Smoothing smooth={smooth} onSmooth={onSmooth} onChange={onChange} />
      {!single && <Filter pattern={state.panels ?? ""} onChange={onChange} />}
      {state.range && (
        <Button
          variant="light"
          leftSection={<Icon name="close" size={13} />}
          onClick={() => onChange({ range: undefined })}
        >
          {t.charts.resetZoom}
        </Button>
      )}
      {!single && (
        <SegmentedControl
          className={classes.end}
          size="xs"
          aria-label={t.charts.size}
          data={([1, 2, 3, 4] as const).map((size) => ({
            value: String(size),
            label: <SizeLabel size={size} label={t.charts.sizes[size]} />,
          }))}
          value={String(panelSize(state.size))}
          onChange={(value) => onChange({ size: Number(value) === DEFAULT_SIZE ? undefined : Number(value) })}
        />
      )}
    </Box>
  );
}

/** How many panels of a size fit into a page, across and down. */
const FITS: Record<PanelSize, readonly [number, number]> = { 1: [4, 3], 2: [3, 2], 3: [2, 1], 4: [1, 1] };
const [ICON_WIDTH, ICON_HEIGHT, ICON_GAP] = [20, 13, 2];

/** A page of panels of a size; its name is read, and shown when pointed at. */
function SizeLabel({ size, label }: { size: PanelSize; label: string }) {
  const [columns, rows] = FITS[size];
  const width = (ICON_WIDTH - (columns - 1) * ICON_GAP) / columns;
  const height = (ICON_HEIGHT - (rows - 1) * ICON_GAP) / rows;
  return (
    <span role="img" title={label} aria-label={label} style={{ display: "inline-flex", verticalAlign: "middle" }}>
      <svg width={ICON_WIDTH} height={ICON_HEIGHT} fill="currentColor" aria-hidden="true">
        {Array.from({ length: columns * rows }, (_, i) => {
          const [x, y] = [(i % columns) * (width + ICON_GAP), Math.floor(i / columns) * (height + ICON_GAP)];
          return <rect key={`${x} ${y}`} x={x} y={y} width={width} height={height} rx="0.75" />;
        })}
      </svg>
    </span>
  );
}

function Toggle({
  label,
  on,
  why,
  onToggle,
}: {
  label: string;
  on: boolean;
  why?: string | undefined;
  onToggle: (on: boolean) => void;
}) {
  const button = (
    <Button
      variant={on ? "light" : "default"}
      aria-pressed={on}
      aria-disabled={why !== undefined}
      data-disabled={why !== undefined || undefined}
      onClick={() => why === undefined && onToggle(!on)}
    >
      {label}
    </Button>
  );
  return why === undefined ? button : <Tooltip label={why}>{button}</Tooltip>;
}

function Smoothing({ smooth, onSmooth, onChange }: Pick<ToolbarProps, "smooth" | "onSmooth" | "onChange">) {
  const t = useText();
  const id = useId();
  const keep = (weight: number) => {
    onSmooth(weight);
    onChange({ smooth: weight > 0 ? weight : undefined }, { replace: true });
  };
  return (
    <div className={classes.field}>
      <Tooltip label={t.charts.smoothingHelp} multiline maw={280}>
        <label id={id} htmlFor={`${id}-number`}>
          {t.charts.smoothing}
        </label>
      </Tooltip>
      <Slider
        className={classes.slider}
        classNames={{ markLabel: classes.markLabel ?? "" }}
        size="sm"
        // Most of what is seen happens close to 1.
        min={0}
        max={100}
        step={0.5}
        label={null}
        marks={MARKS}
        thumbProps={{ "aria-labelledby": id, "aria-valuetext": smooth.toString() } as object}
        thumbLabel={t.charts.smoothing}
        value={toSlider(smooth)}
        onChange={(value) => onSmooth(fromSlider(value))}
        onChangeEnd={(value) => keep(fromSlider(value))}
      />
      <NumberInput
        id={`${id}-number`}
        className={classes.number}
        size="xs"
        min={0}
        max={MOST_SMOOTH}
        step={0.05}
        decimalScale={3}
        clampBehavior="strict"
        value={smooth}
        onChange={(value) => keep(Math.min(MOST_SMOOTH, Math.max(0, Number(value) || 0)))}
      />
    </div>
  );
}

/** The slider's upper half is for weights above 0.9, where the difference is seen: 0, 0.684, 0.9, 0.968, 0.99, 0.999. */
const fromSlider = (value: number) => Math.min(MOST_SMOOTH, Number((1 - 10 ** (-value / 33.3)).toFixed(3)));
const toSlider = (weight: number) => Math.min(100, -33.3 * Math.log10(1 - weight));
const MARKS = [0, 0.9, 0.99].map((weight) => ({ value: toSlider(weight), label: String(weight) }));

function Filter({ pattern, onChange }: { pattern: string; onChange: ToolbarProps["onChange"] }) {
  const t = useText();
  const [text, setText] = useState(pattern);
  const sent = useRef(pattern);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const read = readPattern(text);
  const wrong = read instanceof RegExp ? null : read;
  useEffect(() => {
    // The pattern changed elsewhere: by the Back button, or a saved view.
    if (pattern !== sent.current) setText(pattern);
    sent.current = pattern;
  }, [pattern]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    // What is wrong changes nothing: the last expression that was right stays.
    if (!(readPattern(value) instanceof RegExp)) return;
    timer.current = setTimeout(() => {
      sent.current = value;
      onChange({ panels: value || undefined }, { replace: true });
    }, SETTLE_MS);
  };
  return (
    <TextInput
      className={classes.filter}
      size="xs"
      type="search"
      leftSection={<Icon name="search" size={13} />}
      aria-label={t.charts.filter}
      placeholder={t.charts.filterPlaceholder}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      error={
        wrong && (
          <span className={classes.wrong}>
            <code>
              {text.slice(0, wrong.position)}
              <mark>{text.slice(wrong.position, wrong.position + 1)}</mark>
              {text.slice(wrong.position + 1)}
            </code>{" "}
            {t.charts.patternError[wrong.kind](wrong.position + 1)}
          </span>
        )
      }
    />
  );
}
