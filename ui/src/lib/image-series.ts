/** Images that were logged as a series: `log_image(image, key=…, step=…)` puts key, step and time into the file's name. */

import { baseName, folderOf } from "./preview-kind";

export interface SeriesImage {
  key: string;
  step: number;
  timestamp: number;
  /** Whether it is the small copy that is stored beside each image. */
  small: boolean;
}

// MLflow has written both marks.
const NAME = /^(.+)([+%])step\2(-?\d+)\2timestamp\2(\d+)\2[0-9a-f-]{36}((?:\2compressed)?)\.(?:png|webp|jpe?g)$/;

/** What the path of such an image says; null for other files. */
export function seriesImage(path: string): SeriesImage | null {
  if (folderOf(path) !== "images") return null;
  const match = NAME.exec(baseName(path));
  if (!match) return null;
  const [, key = "", , step = "", timestamp = "", small = ""] = match;
  return { key: key.replaceAll("~", "/"), step: Number(step), timestamp: Number(timestamp), small: small !== "" };
}

/** How such an image is called where there is little room. */
export const seriesLabel = ({ key, step }: SeriesImage): string => `${key} · ${step}`;

export interface Series {
  key: string;
  /** By step, then time. */
  images: (SeriesImage & { path: string })[];
}

/** The series among some files, by their keys. */
export function seriesOf(paths: readonly string[]): Series[] {
  const found = new Map<string, Series>();
  for (const path of paths) {
    const image = seriesImage(path);
    if (!image || image.small) continue;
    const series = found.get(image.key) ?? { key: image.key, images: [] };
    series.images.push({ ...image, path });
    found.set(image.key, series);
  }
  const all = [...found.values()].sort((a, b) => a.key.localeCompare(b.key));
  for (const { images } of all) images.sort((a, b) => a.step - b.step || a.timestamp - b.timestamp);
  return all;
}
