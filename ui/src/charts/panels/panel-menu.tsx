/** What can be done with one panel. */

import { ActionIcon, Menu } from "@mantine/core";
import { memo, type RefObject } from "react";
import { Icon } from "../../components/icons";
import { useLanguage, useText } from "../../i18n";
import { fileName, saveCsv, saveFile } from "../../lib/files";
import { toSvg } from "../../lib/panels/chart-svg";
import { toCsv } from "../../lib/panels/curve-csv";
import { endAtTicks, xTicks, yTicks } from "../../lib/panels/ticks";
import { zoom } from "../../lib/panels/zoom";
import type { PanelActions } from "./actions";
import type { Picture } from "./plot";

const MOST_NAMES = 60;
const SVG_TICKS = 7;

interface MenuProps {
  metric: string;
  /** What is drawn, which changes more often than the menu does. */
  latest: RefObject<Picture | null>;
  some: boolean;
  zoomed: boolean;
  logy: boolean;
  actions: PanelActions;
  host: RefObject<HTMLElement | null>;
  /** Whether there is a panel before and behind it; absent where it cannot be moved. */
  movable?: { up: boolean; down: boolean };
}

export const PanelMenu = memo(function PanelMenu({
  metric,
  latest,
  some,
  zoomed,
  logy,
  actions,
  host,
  movable,
}: MenuProps) {
  const t = useText();
  const language = useLanguage();
  const save = async (kind: "csv" | "png" | "svg") => {
    const picture = latest.current;
    if (!picture) return;
    const { curves, axis, view } = picture;
    const name = fileName(metric, kind);
    if (kind === "csv") {
      saveCsv(name, toCsv(metric, axis, curves, zoomed ? [view.x.low, view.x.high] : undefined));
    } else if (kind === "svg") {
      saveFile(name, new Blob([svgOf(metric, picture, t, language)], { type: "image/svg+xml" }));
    } else {
      const more = curves.length > MOST_NAMES ? t.charts.moreRows(curves.length - MOST_NAMES) : "";
      const like = host.current;
      const { toImage } = await import("./image");
      const image = like && (await toImage(picture, { title: metric, named: curves.slice(0, MOST_NAMES), more }, like));
      if (image) saveFile(name, image);
    }
  };
  const zoomBy = (factor: number) => {
    const picture = latest.current;
    if (picture) actions.zoom(zoom(picture.view.x, picture.whole.x, factor), true);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t.charts.menu(metric)}>
          <Icon name="more" size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {movable && (
          <>
            <Menu.Item leftSection={<Icon name="expand" />} onClick={() => actions.open(metric)}>
              {t.charts.fullScreen}
            </Menu.Item>
            <Menu.Item leftSection={<Icon name="up" />} disabled={!movable.up} onClick={() => actions.move(metric, -1)}>
              {t.charts.moveUp}
            </Menu.Item>
            <Menu.Item
              leftSection={<Icon name="down" />}
              disabled={!movable.down}
              onClick={() => actions.move(metric, 1)}
            >
              {t.charts.moveDown}
            </Menu.Item>
            <Menu.Divider />
          </>
        )}
        <Menu.Item
          leftSection={<Icon name="plus" />}
          disabled={!some}
          closeMenuOnClick={false}
          onClick={() => zoomBy(0.5)}
        >
          {t.charts.zoomIn}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name="minus" />}
          disabled={!zoomed}
          closeMenuOnClick={false}
          onClick={() => zoomBy(2)}
        >
          {t.charts.zoomOut}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="close" />} disabled={!zoomed} onClick={() => actions.zoom(undefined)}>
          {t.charts.resetZoom}
        </Menu.Item>
        <Menu.Item
          leftSection={<Icon name={logy ? "check" : "chart"} />}
          role="menuitemcheckbox"
          aria-checked={logy}
          onClick={actions.toggleLogY}
        >
          {t.charts.logY}
        </Menu.Item>
        <Menu.Divider />
        {(
          [
            ["csv", t.charts.downloadCsv],
            ["png", t.charts.downloadPng],
            ["svg", t.charts.downloadSvg],
          ] as const
        ).map(([kind, label]) => (
          <Menu.Item key={kind} leftSection={<Icon name="download" />} disabled={!some} onClick={() => void save(kind)}>
            {label}
          </Menu.Item>
        ))}
        <Menu.Item leftSection={<Icon name="link" />} onClick={() => actions.copyLink(metric)}>
          {t.charts.copyLink}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
});

function svgOf(metric: string, picture: Picture, t: ReturnType<typeof useText>, language: string): string {
  const { curves, axis, xLabel } = picture;
  const view = { ...picture.view, y: endAtTicks(picture.view.y, picture.view.values, SVG_TICKS) };
  return toSvg({
    title: metric,
    xLabel,
    curves,
    view,
    xTicks: xTicks(axis, view.x, 8, language),
    yTicks: yTicks(view.y, SVG_TICKS),
    more: t.charts.moreRows,
  });
}
