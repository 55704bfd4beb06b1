/** An image on a chequered ground, as large as there is room or as one likes. */

import { ActionIcon, Button } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { artifactUrl } from "../../api/artifacts";
import { useText } from "../../i18n";
import { fitFactor, percent, type Size, zoomStep } from "../../lib/artifacts/image-zoom";
import { suffixOf } from "../../lib/preview-kind";
import { Icon } from "../icons";
import { Tools } from "./beside";
import { MAX_BYTES } from "./file";
import { Bar, type FileProps, Grow, Info, Instead, TooLarge } from "./parts";
import classes from "./previews.module.css";
import { useZoom } from "./zoom";

const PADDING = 16;

export function ImageView({ file, children }: { file: FileProps; children?: ReactNode }) {
  const t = useText();
  const zoom = useZoom();
  const [natural, setNatural] = useState<Size>({ width: 0, height: 0 });
  const [room, setRoom] = useState<Size>({ width: 0, height: 0 });
  const [broken, setBroken] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  const name = file.label;
  const drawing = suffixOf(file.path) === "svg";
  const tooLarge = file.size !== undefined && file.size > MAX_BYTES;
  const { join, moved } = zoom;
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is another stage after an image that was broken
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setRoom({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    const leave = join(element);
    return () => {
      observer.disconnect();
      leave();
    };
  }, [join, broken, tooLarge]);
  const fit = fitFactor(natural, { width: room.width - PADDING, height: room.height - PADDING }, drawing);
  const factor = zoom.scale === "fit" ? fit : zoom.scale;
  const step = (direction: 1 | -1) => zoom.setScale(zoomStep(factor, direction));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") step(1);
    else if (event.key === "-") step(-1);
    else if (event.key === "0") zoom.setScale("fit");
    else if (event.key === "1") zoom.setScale(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const element = stage.current;
    if (!element || event.button !== 0 || event.pointerType !== "mouse") return;
    drag.current = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop };
    element.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!drag.current || !stage.current) return;
    stage.current.scrollLeft = drag.current.left + drag.current.x - event.clientX;
    stage.current.scrollTop = drag.current.top + drag.current.y - event.clientY;
  };
  if (tooLarge) return <TooLarge file={file} size={file.size ?? 0} />;
  if (broken) return <Instead file={file}>{t.artifacts.imageBroken}</Instead>;
  return (
    <>
      <Bar>
        {children}
        {natural.width > 0 && !drawing && <Info>{t.artifacts.pixels(natural.width, natural.height)}</Info>}
        <Grow />
        <Tools>
          <ActionIcon aria-label={t.artifacts.zoomOut} onClick={() => step(-1)}>
            <Icon name="minus" size={14} />
          </ActionIcon>
          <Info>{percent(factor)}</Info>
          <ActionIcon aria-label={t.artifacts.zoomIn} onClick={() => step(1)}>
            <Icon name="plus" size={14} />
          </ActionIcon>
          <Button
            size="compact-xs"
            variant={zoom.scale === "fit" ? "light" : "subtle"}
            aria-pressed={zoom.scale === "fit"}
            onClick={() => zoom.setScale("fit")}
          >
            {t.artifacts.fit}
          </Button>
          <Button
            size="compact-xs"
            variant={zoom.scale === 1 ? "light" : "subtle"}
            aria-pressed={zoom.scale === 1}
            onClick={() => zoom.setScale(1)}
          >
            {t.artifacts.actual}
          </Button>
        </Tools>
      </Bar>
      <section
        ref={stage}
        className={classes.stage}
        aria-label={t.artifacts.imageOf(name)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        onKeyDown={onKeyDown}
        onScroll={(event) => moved(event.currentTarget)}
        onDoubleClick={() => zoom.setScale(zoom.scale === "fit" ? 1 : "fit")}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          drag.current = null;
        }}
      >
        <img
          key={file.size}
          src={artifactUrl(file.owner, file.path, file.size)}
          alt={name}
          draggable={false}
          style={{
            ...(natural.width > 0 && { width: natural.width * factor, height: natural.height * factor }),
            visibility: natural.width > 0 ? "visible" : "hidden",
            imageRendering: factor >= 2 && !drawing ? "pixelated" : "auto",
          }}
          onLoad={(event) => {
            const { naturalWidth, naturalHeight } = event.currentTarget;
            // A drawing without a size of its own.
            setNatural({ width: naturalWidth || 300, height: naturalHeight || 150 });
          }}
          onError={() => setBroken(true)}
        />
      </section>
    </>
  );
}
