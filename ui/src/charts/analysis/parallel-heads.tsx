/** The names of the axes of parallel coordinates: to move and remove them, and to select runs without a mouse. */

import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Popover,
  Stack,
  Text,
  UnstyledButton,
  VisuallyHidden,
} from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from "react";
import { KeyText } from "../../components/key-text";
import { useText } from "../../i18n";
import type { Brush, Brushes } from "../../lib/analysis/brushes";
import { logPossible } from "../../lib/analysis/column-scale";
import classes from "./analysis.module.css";
import { hasMissing, type ParallelAxis } from "./parallel-axis";

interface AxisHeadsProps {
  axes: readonly ParallelAxis[];
  width: number;
  brushes: Brushes;
  /** An order while an axis is being dragged. */
  onDrag: (ids: readonly string[] | null) => void;
  onOrder: (ids: readonly string[]) => void;
  onBrush: (id: string, brush: Brush | null) => void;
  onScale: (id: string, kind: "linear" | "log") => void;
}

const CLICK = 5;

export function AxisHeads({ axes, width, brushes, onDrag, onOrder, onBrush, onScale }: AxisHeadsProps) {
  const t = useText().analysis;
  const hint = useId();
  const [open, setOpen] = useState<string | null>(null);
  const [drag, setDrag] = useState<{ id: string; from: number; by: number } | null>(null);
  const [moved, setMoved] = useState("");
  const dragged = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const refocus = useRef<string | null>(null);
  const ids = axes.map((axis) => axis.id);
  // An element that is moved among others loses the focus.
  useEffect(() => {
    if (refocus.current === null) return;
    const heads = box.current?.querySelectorAll<HTMLElement>("[data-axis]") ?? [];
    for (const head of heads) if (head.dataset.axis === refocus.current) head.focus();
    refocus.current = null;
  });

  const move = (id: string, to: number) => {
    if (to < 0 || to >= ids.length) return;
    const rest = ids.filter((one) => one !== id);
    const next = [...rest.slice(0, to), id, ...rest.slice(to)];
    const axis = axes.find((one) => one.id === id);
    refocus.current = id;
    setMoved(t.axisMoved(axis?.name ?? id, to + 1, ids.length));
    onOrder(next);
  };
  const remove = (id: string) => {
    setOpen(null);
    onOrder(ids.filter((one) => one !== id));
  };
  const down = (event: PointerEvent, axis: ParallelAxis) => {
    dragged.current = false;
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ id: axis.id, from: event.clientX, by: 0 });
  };
  const dragTo = (event: PointerEvent, axis: ParallelAxis) => {
    if (drag?.id !== axis.id) return;
    const by = event.clientX - drag.from;
    if (!dragged.current && Math.abs(by) < CLICK) return;
    dragged.current = true;
    const left = box.current?.getBoundingClientRect().left ?? 0;
    const x = event.clientX - left;
    const gap = axes.length > 1 ? (axes[1]?.x ?? 0) - (axes[0]?.x ?? 0) : 1;
    const to = Math.max(0, Math.min(ids.length - 1, Math.round((x - (axes[0]?.x ?? 0)) / gap)));
    if (ids.indexOf(axis.id) !== to) {
      const rest = ids.filter((one) => one !== axis.id);
      onDrag([...rest.slice(0, to), axis.id, ...rest.slice(to)]);
    }
    setDrag({ ...drag, by: x - (axes[to]?.x ?? x) });
  };
  const up = () => {
    if (drag && dragged.current) onOrder(ids);
    setDrag(null);
  };
  const keys = (event: KeyboardEvent, axis: ParallelAxis, at: number) => {
    if (event.key === "ArrowLeft") move(axis.id, at - 1);
    else if (event.key === "ArrowRight") move(axis.id, at + 1);
    else if (event.key === "Delete" || event.key === "Backspace") remove(axis.id);
    else return;
    event.preventDefault();
  };

  return (
    <div className={classes.heads} ref={box}>
      <VisuallyHidden id={hint}>{t.axisKeys}</VisuallyHidden>
      <VisuallyHidden role="status">{moved}</VisuallyHidden>
      {axes.map((axis, at) => {
        const room = headWidth(axes, at, width);
        return (
          <div
            key={axis.id}
            className={classes.head}
            data-moving={drag?.id === axis.id && dragged.current ? "" : undefined}
            style={{
              left: Math.max(0, Math.min(width - room, axis.x - room / 2)),
              width: room,
              transform: drag?.id === axis.id && dragged.current ? `translateX(${drag.by}px)` : undefined,
            }}
          >
            <Popover
              opened={open === axis.id}
              onChange={(opened) => setOpen(opened ? axis.id : null)}
              position="bottom"
              withArrow
              shadow="md"
              trapFocus
              returnFocus
            >
              <Popover.Target>
                <UnstyledButton
                  className={classes.headName}
                  data-axis={axis.id}
                  title={axis.id}
                  aria-label={t.axisMenu(axis.name)}
                  aria-describedby={hint}
                  onPointerDown={(event) => down(event, axis)}
                  onPointerMove={(event) => dragTo(event, axis)}
                  onPointerUp={up}
                  onPointerCancel={() => {
                    setDrag(null);
                    onDrag(null);
                  }}
                  onClick={() => !dragged.current && setOpen(open === axis.id ? null : axis.id)}
                  onKeyDown={(event) => keys(event, axis, at)}
                >
                  <KeyText text={axis.name} />
                </UnstyledButton>
              </Popover.Target>
              <Popover.Dropdown>
                <AxisMenu
                  axis={axis}
                  brush={brushes[axis.id]}
                  onBrush={(brush) => onBrush(axis.id, brush)}
                  onLeft={at > 0 ? () => move(axis.id, at - 1) : undefined}
                  onRight={at < ids.length - 1 ? () => move(axis.id, at + 1) : undefined}
                  onRemove={() => remove(axis.id)}
                />
              </Popover.Dropdown>
            </Popover>
            {logPossible(axis.values) && (
              <UnstyledButton
                className={classes.headScale}
                aria-label={`${axis.scale.kind === "log" ? t.log : t.linear}: ${t.scaleOf(axis.name)}`}
                onClick={() => onScale(axis.id, axis.scale.kind === "log" ? "linear" : "log")}
              >
                {axis.scale.kind === "log" ? t.log : t.linear}
              </UnstyledButton>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** So wide that the name is above the middle of its axis. */
function headWidth(axes: readonly ParallelAxis[], at: number, width: number): number {
  const x = axes[at]?.x ?? 0;
  const gap = axes.length > 1 ? (axes[1]?.x ?? 0) - (axes[0]?.x ?? 0) : width;
  return Math.min(190, gap - 4, 2 * Math.min(x, width - x));
}

interface AxisMenuProps {
  axis: ParallelAxis;
  brush: Brush | undefined;
  onBrush: (brush: Brush | null) => void;
  onLeft: (() => void) | undefined;
  onRight: (() => void) | undefined;
  onRemove: () => void;
}

function AxisMenu({ axis, brush, onBrush, onLeft, onRight, onRemove }: AxisMenuProps) {
  const t = useText().analysis;
  const { values } = axis;
  const missing = hasMissing(axis);
  const change = (next: Brush) => {
    const empty = !next.range && !next.values?.length && !next.none;
    onBrush(empty ? null : next);
  };
  return (
    <Stack gap="xs" w={232}>
      <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
        {axis.name}
      </Text>
      <Text size="xs" className={classes.quiet}>
        {t.only}
      </Text>
      {values.kind === "number" ? (
        <RangeInputs axis={axis} brush={brush} onChange={change} />
      ) : (
        <Stack gap={6} mah={220} style={{ overflowY: "auto" }}>
          {values.categories.map((category) => (
            <Checkbox
              key={category}
              size="xs"
              label={category === "" ? "\u00a0" : category}
              aria-label={category}
              checked={brush?.values?.includes(category) ?? false}
              onChange={(event) => {
                const others = (brush?.values ?? []).filter((one) => one !== category);
                change({ ...brush, values: event.currentTarget.checked ? [...others, category] : others });
              }}
            />
          ))}
        </Stack>
      )}
      {missing && (
        <Checkbox
          size="xs"
          label={t.also}
          checked={brush?.none ?? false}
          onChange={(event) => change({ ...brush, none: event.currentTarget.checked || undefined })}
        />
      )}
      <Group gap={4}>
        <Button size="compact-xs" variant="default" disabled={!brush} onClick={() => onBrush(null)}>
          {t.clearAxis}
        </Button>
        <Button size="compact-xs" variant="default" disabled={!onLeft} onClick={onLeft}>
          {t.moveLeft}
        </Button>
        <Button size="compact-xs" variant="default" disabled={!onRight} onClick={onRight}>
          {t.moveRight}
        </Button>
        <Button size="compact-xs" variant="light" color="red" onClick={onRemove}>
          {t.removeAxis}
        </Button>
      </Group>
    </Stack>
  );
}

/** The range as two numbers; what is left empty is the end of the axis. */
function RangeInputs({
  axis,
  brush,
  onChange,
}: {
  axis: ParallelAxis;
  brush?: Brush | undefined;
  onChange: (brush: Brush) => void;
}) {
  const t = useText().analysis;
  const { low, high } = axis.scale;
  const [least, most] = brush?.range ?? [];
  const take = (nextLeast: number, nextMost: number) => {
    if (nextLeast === (least ?? low) && nextMost === (most ?? high)) return;
    const whole = nextLeast <= low && nextMost >= high;
    onChange({ ...brush, range: whole ? undefined : [Math.min(nextLeast, nextMost), Math.max(nextLeast, nextMost)] });
  };
  return (
    <Group gap="xs" grow>
      <RangeInput label={t.least} value={least} usual={low} onTake={(value) => take(value, most ?? high)} />
      <RangeInput label={t.most} value={most} usual={high} onTake={(value) => take(least ?? low, value)} />
    </Group>
  );
}

interface RangeInputProps {
  label: string;
  value: number | undefined;
  usual: number;
  onTake: (value: number) => void;
}

/** A number that is taken over by Enter, and when the field is left. */
function RangeInput({ label, value, usual, onTake }: RangeInputProps) {
  const [text, setText] = useState<string | number>(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  const take = () => {
    const number = text === "" ? usual : Number(text);
    if (Number.isFinite(number)) onTake(number);
  };
  return (
    <NumberInput
      hideControls
      label={label}
      placeholder={String(Number(usual.toPrecision(6)))}
      value={text}
      onChange={setText}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
    />
  );
}
