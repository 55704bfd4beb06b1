/** What can be done with panels. */

import { useRouter } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { useText } from "../../i18n";
import { copyText } from "../../lib/clipboard";
import { move, sections, shift } from "../../lib/panels/panel-order";
import type { ChartState } from "../../state/charts";
import { useCommands } from "../../state/commands";
import type { Changer } from "../../state/search";
import { toasts } from "../../state/toasts";
import { useStable } from "./stable";

/** While a chart is moved, what it shows is fetched when it rests so long. */
const SETTLE_MS = 200;

export interface PanelActions {
  zoom: (range: [number, number] | undefined, moving?: boolean) => void;
  open: (key: string | undefined) => void;
  move: (key: string, by: number) => void;
  drop: (key: string, target: string) => void;
  toggleLogY: () => void;
  copyLink: (key: string) => void;
  empty: (key: string, empty: boolean) => void;
}

interface ActionParts {
  keys: readonly string[];
  order: readonly string[];
  /** The panels that are there, in their order. */
  filled: readonly string[];
  change: Changer<ChartState>;
  setRange: (range: [number, number] | undefined) => void;
  setEmpty: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void;
  setAnnounced: (text: string) => void;
  logy: boolean;
}

/** What can be done with panels, as functions that stay the same. */
export function useActions({
  keys,
  order,
  filled,
  change,
  setRange,
  setEmpty,
  setAnnounced,
  logy,
}: ActionParts): PanelActions {
  const t = useText();
  const router = useRouter();
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(settling.current), []);
  const zoom = useStable((range: [number, number] | undefined, moving = false) => {
    clearTimeout(settling.current);
    setRange(range);
    if (!moving) change({ range });
    else settling.current = setTimeout(() => change({ range }, { replace: true }), SETTLE_MS);
  });
  const reorder = useStable((key: string, after: string[]) => {
    const section = sections(keys, after).find((one) => one.keys.includes(key));
    const there = section?.keys.filter((one) => filled.includes(one)) ?? [];
    setAnnounced(t.charts.moved(key, there.indexOf(key) + 1, there.length));
    change({ order: after.length > 0 ? after : undefined }, { replace: true });
  });
  const copyLink = useStable((key: string) => {
    const { href } = router.buildLocation({ to: ".", search: (before: object) => ({ ...before, full: key }) } as never);
    const link = new URL(href, window.location.href).href;
    void copyText(link).then((copied) =>
      toasts.show(copied ? { text: t.charts.linkCopied } : { text: t.charts.copyFailed, kind: "error" }),
    );
  });
  const open = useStable((key: string | undefined) => change({ full: key }));
  const moveBy = useStable((key: string, by: number) => {
    // Over those that are not there, which nobody sees.
    const section = sections(keys, order).find((one) => one.keys.includes(key));
    const there = section?.keys.filter((one) => filled.includes(one)) ?? [];
    const target = there[there.indexOf(key) + by];
    reorder(key, target === undefined ? shift(keys, order, key, by) : move(keys, order, key, target));
  });
  const drop = useStable((key: string, target: string) => {
    if (key !== target) reorder(key, move(keys, order, key, target));
  });
  const toggleLogY = useStable(() => change({ logy: logy ? undefined : true }));
  const empty = useStable((key: string, isEmpty: boolean) =>
    setEmpty((before) => {
      if (before.has(key) === isEmpty) return before;
      const after = new Set(before);
      if (isEmpty) after.add(key);
      else after.delete(key);
      return after;
    }),
  );
  return useMemo(
    () => ({ zoom, open, move: moveBy, drop, toggleLogY, copyLink, empty }),
    [zoom, open, moveBy, drop, toggleLogY, copyLink, empty],
  );
}

/** The same from the command palette. */
export function useChartCommands(state: ChartState, change: Changer<ChartState>): void {
  const t = useText();
  useCommands([
    ...(["step", "relative", "time"] as const).map((axis) => ({
      id: `charts-x-${axis}`,
      label: `${t.charts.xAxis}: ${t.charts.axis[axis]}`,
      run: () => change({ x: axis === "step" ? undefined : axis, range: undefined }),
    })),
    { id: "charts-logy", label: t.charts.logY, run: () => change({ logy: state.logy ? undefined : true }) },
    { id: "charts-logx", label: t.charts.logX, run: () => change({ logx: state.logx ? undefined : true }) },
    { id: "charts-reset", label: t.charts.resetZoom, run: () => change({ range: undefined }) },
  ]);
}
