/** One panel on the whole screen: arrow keys walk through the panels, Escape leaves. */

import { ActionIcon, Button, Modal } from "@mantine/core";
import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import { bucketsFor } from "../../lib/panels/layout";
import type { ChartState } from "../../state/charts";
import type { Changer } from "../../state/search";
import type { PanelActions } from "./actions";
import { Chart, MetricName } from "./chart";
import { Busy, Notes, Waiting } from "./notes";
import { PanelMenu } from "./panel-menu";
import classes from "./panels.module.css";
import { type Shown, usePicture } from "./picture";
import { zoomByKey } from "./plot-view";
import { useLatest } from "./stable";
import { Toolbar } from "./toolbar";
import { Legend } from "./values";

interface FullProps {
  metric: string;
  /** All panels, in their order. */
  metrics: readonly string[];
  shown: Shown;
  actions: PanelActions;
  state: ChartState;
  onChange: Changer<ChartState>;
  onSmooth: (weight: number) => void;
}

/** Where keys are somebody else's. */
const OWN_KEYS = "input, textarea, select, [role=slider], [role=radiogroup], [role=menu], [role=radio]";

export function Full({ metric, metrics, shown, actions, state, onChange, onSmooth }: FullProps) {
  const t = useText();
  const [withLegend, setLegend] = useState(true);
  const host = useRef<HTMLElement | null>(null);
  const buckets = bucketsFor(window.innerWidth, window.devicePixelRatio, shown.runIds.length, true);
  const { picture, empty, fetching, error, retry } = usePicture(metric, shown, buckets, true);
  const latest = useLatest(picture);
  const left = useEffectEvent(() => {
    // To the panel that was looked at last, which may be another than the one that was opened.
    const panels = [...document.querySelectorAll<HTMLElement>("[data-panel]")];
    const panel = panels.find((one) => one.dataset.panel === metric)?.querySelector<HTMLElement>("[role=img]");
    panel?.focus({ preventScroll: true });
    panel?.scrollIntoView({ block: "nearest" });
  });
  useEffect(() => () => left(), []);
  const at = metrics.indexOf(metric);
  const walk = (by: number) => {
    const next = metrics[(at + by + metrics.length) % metrics.length];
    if (next !== undefined && next !== metric) onChange({ full: next }, { replace: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest(OWN_KEYS)) return;
    zoomByKey(event, picture, true, actions.zoom);
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") walk(-1);
    else if (event.key === "ArrowRight") walk(1);
    else return;
    event.preventDefault();
  };
  return (
    <Modal.Root
      opened
      fullScreen
      // The page does not scroll, but for its main part, which this covers.
      lockScroll={false}
      onClose={() => actions.open(undefined)}
      transitionProps={{ duration: 0 }}
      zIndex={300}
      onKeyDown={onKeyDown}
    >
      <Modal.Content radius={0} aria-label={t.charts.chartOf(metric)}>
        {/* The focus is at the dialog, which has the keys: a frame around the chart would only distract. */}
        <div className={classes.full} data-full={metric} data-autofocus tabIndex={-1}>
          <div className={classes.fullHead}>
            <h2 className="truncate" title={metric}>
              <MetricName metric={metric} />
            </h2>
            {metrics.length > 1 && (
              <>
                <ActionIcon aria-label={t.charts.previous} title={`${t.charts.previous} (←)`} onClick={() => walk(-1)}>
                  <Icon name="left" />
                </ActionIcon>
                <span className={classes.count} aria-live="polite">
                  {t.charts.place(at + 1, metrics.length)}
                </span>
                <ActionIcon aria-label={t.charts.next} title={`${t.charts.next} (→)`} onClick={() => walk(1)}>
                  <Icon name="right" />
                </ActionIcon>
              </>
            )}
            <Button
              variant={withLegend ? "light" : "default"}
              aria-pressed={withLegend}
              onClick={() => setLegend(!withLegend)}
            >
              {t.charts.values}
            </Button>
            <PanelMenu
              metric={metric}
              latest={latest}
              some={picture !== null}
              zoomed={shown.range !== undefined}
              logy={shown.logy}
              actions={actions}
              host={host}
            />
            <ActionIcon
              aria-label={t.charts.leaveFullScreen}
              title={`${t.charts.leaveFullScreen} (Esc)`}
              onClick={() => actions.open(undefined)}
            >
              <Icon name="close" />
            </ActionIcon>
          </div>
          <Toolbar single state={state} onChange={onChange} smooth={shown.smooth} onSmooth={onSmooth} />
          <div className={classes.fullBody}>
            <div className={classes.fullChart} style={{ position: "relative" }}>
              <Busy fetching={fetching && picture !== null} />
              <Chart metric={metric} shown={shown} picture={picture} host={host} onZoom={actions.zoom} shifted />
              {!picture && !empty && <Waiting error={error} retry={retry} />}
              {!picture && empty && <div className={classes.over}>{t.charts.noData}</div>}
              {picture && <Notes picture={picture} groups={shown.groups !== undefined} error={error} retry={retry} />}
            </div>
            {withLegend && picture && (
              <Legend metric={metric} curves={picture.curves} axis={picture.axis} hover={shown.hover} />
            )}
          </div>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
