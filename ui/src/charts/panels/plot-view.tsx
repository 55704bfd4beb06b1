/** A plot as a part of the page: drawn when its code and data are there, with keys, and in the colours of the theme. */

import { useComputedColorScheme } from "@mantine/core";
import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { FrameQueue } from "../../lib/panels/frame-queue";
import { pan, zoom } from "../../lib/panels/zoom";
import type { Hover } from "./hover";
import classes from "./panels.module.css";
import type { Picture, Plot } from "./plot";

const frames = new FrameQueue();

let code: Promise<typeof import("./plot")> | undefined;

/** Fetches what draws, so that it is there before the data. */
export function preparePlots(): Promise<typeof import("./plot")> {
  code ??= import("./plot").catch((error: unknown) => {
    code = undefined;
    throw error;
  });
  return code;
}

export interface PlotViewProps {
  panel: string;
  label: string;
  picture: Picture | null;
  hover: Hover;
  /** The height in pixels; as high as there is room for when absent. */
  height?: number;
  shifted: boolean;
  onZoom: (range: [number, number] | undefined, moving?: boolean) => void;
  /** The element that the plot is in. */
  host: RefObject<HTMLElement | null>;
}

const RETRY_MS = 3_000;
/** Says that what is to be seen is what is drawn. */
const DRAWN = "data-drawn";
const CLOSER = 0.5;
const ASIDE = 0.2;

/** What keys do to a plot. With `shifted`, arrows move it only with Shift: alone, they do something else. */
export function zoomByKey(
  event: KeyboardEvent,
  picture: Picture | null,
  shifted: boolean,
  onZoom: PlotViewProps["onZoom"],
): void {
  if (event.ctrlKey || event.metaKey || event.altKey || !picture) return;
  const { view, whole } = picture;
  const zoomedIn = view.x.low !== whole.x.low || view.x.high !== whole.x.high;
  const change = () => {
    switch (event.key) {
      case "+":
      case "=":
        return { range: zoom(view.x, whole.x, CLOSER) };
      case "-":
        return { range: zoom(view.x, whole.x, 1 / CLOSER) };
      case "0":
        return { range: undefined };
      case "Escape":
        return zoomedIn && !shifted ? { range: undefined } : null;
      case "ArrowLeft":
      case "ArrowRight":
        if (!zoomedIn || event.shiftKey !== shifted) return null;
        return { range: pan(view.x, whole.x, event.key === "ArrowLeft" ? -ASIDE : ASIDE) };
      default:
        return null;
    }
  };
  const found = change();
  if (!found) return;
  event.preventDefault();
  event.stopPropagation();
  onZoom(found.range, true);
}

export function PlotView({ panel, label, picture, hover, height, shifted, onZoom, host }: PlotViewProps) {
  const plot = useRef<Plot | null>(null);
  const latest = useRef(picture);
  const [ready, setReady] = useState<typeof Plot | null>(null);
  const scheme = useComputedColorScheme();
  const zoomed = useEffectEvent(onZoom);
  const some = picture !== null;

  useEffect(() => {
    let gone = false;
    const draw = () =>
      preparePlots().then(
        (module) => gone || setReady(() => module.Plot),
        // Without the server there is no code either: it is asked for again.
        () => gone || setTimeout(draw, RETRY_MS),
      );
    void draw();
    return () => {
      gone = true;
    };
  }, []);

  useLayoutEffect(() => {
    latest.current = picture;
    const made = plot.current;
    const element = host.current;
    if (!picture || !made || !element) return;
    const draw = () => {
      made.show(picture);
      element.setAttribute(DRAWN, "");
    };
    // The panel that is looked at keeps up with what is done to it, the others follow as there is time.
    if (element.matches(":hover, :focus-within")) {
      frames.remove(made);
      draw();
    } else {
      element.removeAttribute(DRAWN);
      frames.add(made, draw);
    }
  }, [picture, host]);

  useLayoutEffect(() => {
    const element = host.current;
    if (!element || !ready || !some || !latest.current) return;
    const size = () => [element.clientWidth, height ?? element.clientHeight] as const;
    const made = new ready(element, ...size(), latest.current, {
      hover: (at) => hover.move(at && { panel, ...at }),
      zoom: (range, moving) => zoomed(range, moving),
    });
    plot.current = made;
    element.setAttribute(DRAWN, "");
    const follow = () => {
      const { now } = hover;
      if (now?.panel === panel) made.stand(now.curve, now.x);
      else made.follow(now?.x ?? null, hover.curve);
    };
    const stop = hover.subscribe(follow);
    const observer = new ResizeObserver(() => {
      const [width, high] = size();
      if (width > 0 && high > 0) made.resize(width, high);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      stop();
      if (hover.now?.panel === panel) hover.move(null);
      frames.remove(made);
      made.destroy();
      element.removeAttribute(DRAWN);
      plot.current = null;
    };
  }, [ready, some, panel, height, hover, host]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours change with the theme
  useEffect(() => {
    if (host.current) plot.current?.recolour(host.current);
  }, [scheme]);

  return (
    <div
      ref={(element) => {
        host.current = element;
      }}
      role="img"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys zoom and move it
      tabIndex={0}
      className={classes.plot}
      style={height === undefined ? { flex: 1, minHeight: 0 } : { height }}
      onKeyDown={(event) => zoomByKey(event, picture, shifted, onZoom)}
    />
  );
}
