/** Dragging a part of a plot to see it larger. */

import { type PointerEvent, useRef, useState } from "react";
import type { Scale } from "../../lib/analysis/column-scale";
import type { Plot } from "./axes";

interface Place {
  x: number;
  y: number;
}

/** The part of both axes that is shown: x from, x to, y from, y to. */
export type ZoomRange = readonly [number, number, number, number];

const CLICK = 6;

interface UseZoom {
  plot: Plot;
  x: Scale;
  y: Scale;
  onZoom: (zoom: ZoomRange) => void;
  /** Told where the pointer is, when it drags nothing. */
  onMove: (place: Place) => void;
  /** Told of a press without a drag; `touch` when it was a finger. */
  onClick: (place: Place, touch: boolean) => void;
}

export function useZoom({ plot, x, y, onZoom, onMove, onClick }: UseZoom) {
  const from = useRef<Place | null>(null);
  const [to, setTo] = useState<Place | null>(null);
  const placeOf = (event: PointerEvent): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const inside = (place: Place): Place => ({
    x: Math.max(plot.left, Math.min(plot.left + plot.width, place.x)),
    y: Math.max(plot.top, Math.min(plot.top + plot.height, place.y)),
  });
  const start = from.current ? inside(from.current) : null;
  const rect =
    start && to
      ? {
          x: Math.min(start.x, to.x),
          y: Math.min(start.y, to.y),
          width: Math.abs(start.x - to.x),
          height: Math.abs(start.y - to.y),
        }
      : null;
  return {
    rect,
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        // A finger scrolls the page.
        if (event.button !== 0 || event.pointerType === "touch") return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = placeOf(event);
      },
      onPointerMove: (event: PointerEvent) => {
        const place = placeOf(event);
        const first = from.current;
        if (!first) onMove(place);
        else if (to || Math.hypot(place.x - first.x, place.y - first.y) > CLICK) setTo(inside(place));
      },
      onPointerUp: (event: PointerEvent) => {
        const place = placeOf(event);
        if (rect && rect.width > CLICK && rect.height > CLICK) {
          const unit = (px: number) => (px - plot.left) / plot.width;
          const rise = (py: number) => 1 - (py - plot.top) / plot.height;
          onZoom([
            x.fromUnit(unit(rect.x)),
            x.fromUnit(unit(rect.x + rect.width)),
            y.fromUnit(rise(rect.y + rect.height)),
            y.fromUnit(rise(rect.y)),
          ]);
        } else if (!to && (from.current || event.pointerType === "touch"))
          onClick(place, event.pointerType === "touch");
        from.current = null;
        setTo(null);
      },
      onPointerCancel: () => {
        from.current = null;
        setTo(null);
      },
    },
  };
}
