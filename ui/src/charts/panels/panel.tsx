/** One metric's panel: its head, its chart, what there is to say about it. */

import { ActionIcon } from "@mantine/core";
import { type DragEvent, memo, type RefObject, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import type { PanelActions } from "./actions";
import { Chart, MetricName } from "./chart";
import { Busy, Notes, Waiting } from "./notes";
import { PanelMenu } from "./panel-menu";
import classes from "./panels.module.css";
import { type Shown, usePicture } from "./picture";
import type { Picture } from "./plot";
import { useLatest } from "./stable";

export interface PanelProps {
  metric: string;
  shown: Shown;
  actions: PanelActions;
  buckets: number;
  height: number;
  /** Whether it is in or near what is seen. */
  near: boolean;
  movable: { up: boolean; down: boolean };
  element: (metric: string, element: HTMLElement | null) => void;
}

export const Panel = memo(function Panel(props: PanelProps) {
  const { metric, shown, actions, buckets, height, near, element } = props;
  const { picture, empty, fetching, error, retry } = usePicture(metric, shown, buckets, near);
  const host = useRef<HTMLElement | null>(null);
  const [target, setTarget] = useState(false);
  const t = useText();
  const figure = useRef<HTMLElement>(null);
  const tellEmpty = useEffectEvent(() => actions.empty(metric, empty));
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when it changes
  useLayoutEffect(() => tellEmpty(), [empty]);
  useLayoutEffect(() => {
    element(metric, figure.current);
    return () => element(metric, null);
  }, [metric, element]);
  const onDrop = (event: DragEvent) => {
    setTarget(false);
    const key = event.dataTransfer.getData(DRAG_TYPE);
    if (key === "") return;
    event.preventDefault();
    actions.drop(key, metric);
  };
  return (
    <figure
      ref={figure}
      className={classes.panel}
      aria-label={t.charts.chartOf(metric)}
      data-panel={metric}
      data-gone={empty || undefined}
      data-target={target || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        setTarget(true);
      }}
      onDragLeave={() => setTarget(false)}
      onDrop={onDrop}
    >
      <PanelHead {...props} picture={picture} host={host} />
      <Busy fetching={fetching && picture !== null} />
      {near ? (
        <Chart metric={metric} shown={shown} picture={picture} height={height} host={host} onZoom={actions.zoom} />
      ) : (
        <div style={{ height }} />
      )}
      {near && !picture && !empty && <Waiting error={error} retry={retry} />}
      {picture && <Notes picture={picture} groups={shown.groups !== undefined} error={error} retry={retry} />}
    </figure>
  );
});

const DRAG_TYPE = "application/x-kiseki-panel";

interface HeadProps extends PanelProps {
  picture: Picture | null;
  host: RefObject<HTMLElement | null>;
}

function PanelHead({ metric, shown, actions, movable, picture, host }: HeadProps) {
  const t = useText();
  return (
    <div className={classes.head}>
      <h3
        className={`${classes.title} truncate`}
        title={`${metric}\n${t.charts.dragToMove}`}
        draggable
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAG_TYPE, metric);
          event.dataTransfer.effectAllowed = "move";
        }}
      >
        <MetricName metric={metric} />
      </h3>
      <ActionIcon
        size="sm"
        aria-label={`${t.charts.fullScreen}: ${metric}`}
        title={t.charts.fullScreen}
        onClick={() => actions.open(metric)}
      >
        <Icon name="expand" size={14} />
      </ActionIcon>
      <PanelMenu
        metric={metric}
        latest={useLatest(picture)}
        some={picture !== null}
        zoomed={shown.range !== undefined}
        logy={shown.logy}
        actions={actions}
        movable={movable}
        host={host}
      />
    </div>
  );
}
