/** What a folder has: as a list, and its images as such; a series of images with its steps. */

import { Anchor, Button, Slider, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import { artifactUrl, type Owner } from "../api/artifacts";
import { useText } from "../i18n";
import type { Entry } from "../lib/artifact-tree";
import { formatBytes } from "../lib/format";
import { type Series, seriesImage, seriesOf } from "../lib/image-series";
import { previewKind } from "../lib/preview-kind";
import { entryIcon } from "./artifact-tree";
import classes from "./artifacts.module.css";
import { Icon } from "./icons";
import { Looks } from "./previews/parts";

const SHOWN_ROWS = 500;
const SHOWN_IMAGES = 60;
/** Larger files are no thumbnails. */
const MAX_THUMBNAIL = 8_000_000;

export interface FolderViewProps {
  owner: Owner;
  entries: readonly Entry[];
  onOpen: (path: string) => void;
}

export function FolderView({ owner, entries, onOpen }: FolderViewProps) {
  const t = useText();
  const [look, setLook] = useState<"gallery" | "list" | null>(null);
  const series = useMemo(() => seriesOf(entries.filter((entry) => !entry.isDir).map((entry) => entry.path)), [entries]);
  const images = useMemo(
    () =>
      entries.filter(
        (entry) =>
          !entry.isDir &&
          previewKind(entry.path) === "image" &&
          !seriesImage(entry.path) &&
          (entry.size ?? 0) <= MAX_THUMBNAIL,
      ),
    [entries],
  );
  const pictures = images.length + series.reduce((sum, one) => sum + one.images.length, 0);
  const some = pictures > 0;
  const shown = look ?? (some && pictures >= entries.length / 2 ? "gallery" : "list");
  if (entries.length === 0)
    return (
      <Text size="sm" c="dimmed" p="md">
        {t.artifacts.emptyFolder}
      </Text>
    );
  return (
    <div className={classes.folder}>
      {some && (
        <Looks
          value={shown}
          onChange={setLook}
          looks={[
            { value: "gallery", label: t.artifacts.gallery },
            { value: "list", label: t.artifacts.list },
          ]}
        />
      )}
      {some && shown === "gallery" ? (
        <>
          {series.map((one) => (
            <SeriesView key={one.key} owner={owner} series={one} onOpen={onOpen} />
          ))}
          <Gallery owner={owner} images={images} onOpen={onOpen} />
        </>
      ) : (
        <FileList entries={entries} onOpen={onOpen} />
      )}
    </div>
  );
}

function FileList({ entries, onOpen }: Omit<FolderViewProps, "owner">) {
  const t = useText();
  const [limit, setLimit] = useState(SHOWN_ROWS);
  return (
    <>
      <table className={classes.files}>
        <thead>
          <tr>
            <th scope="col">{t.artifacts.name}</th>
            <th scope="col">{t.artifacts.size}</th>
          </tr>
        </thead>
        <tbody>
          {entries.slice(0, limit).map((entry) => (
            <tr key={entry.path}>
              <td>
                <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onOpen(entry.path)}>
                  <Icon name={entryIcon(entry)} size={14} /> {entry.name}
                </Anchor>
              </td>
              <td>{entry.size === null ? "" : formatBytes(entry.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ShowMore left={entries.length - limit} step={SHOWN_ROWS} onMore={(more) => setLimit(limit + more)} />
    </>
  );
}

function Gallery({
  owner,
  images,
  onOpen,
}: {
  owner: Owner;
  images: readonly Entry[];
  onOpen: (path: string) => void;
}) {
  const [limit, setLimit] = useState(SHOWN_IMAGES);
  return (
    <>
      <div className={classes.gallery}>
        {images.slice(0, limit).map((entry) => (
          <UnstyledButton key={entry.path} className={classes.thumbnail} onClick={() => onOpen(entry.path)}>
            <img src={artifactUrl(owner, entry.path)} alt="" loading="lazy" />
            <span className={classes.caption}>{entry.name}</span>
          </UnstyledButton>
        ))}
      </div>
      <ShowMore left={images.length - limit} step={SHOWN_IMAGES} onMore={(more) => setLimit(limit + more)} />
    </>
  );
}

function ShowMore({ left, step, onMore }: { left: number; step: number; onMore: (more: number) => void }) {
  const t = useText();
  if (left <= 0) return null;
  const more = Math.min(left, step);
  return (
    <Button variant="default" mt="sm" onClick={() => onMore(more)}>
      {t.artifacts.showMore(more)}
    </Button>
  );
}

/** The images of one key: a step is chosen, the newest at first. */
function SeriesView({ owner, series, onOpen }: { owner: Owner; series: Series; onOpen: (path: string) => void }) {
  const t = useText();
  const [place, setPlace] = useState<number | null>(null);
  const last = series.images.length - 1;
  const at = Math.min(place ?? last, last);
  const image = series.images[at];
  if (!image) return null;
  return (
    <Stack gap="xs" className={classes.series}>
      <Text fw={600} size="sm">
        {series.key}
      </Text>
      <UnstyledButton className={classes.seriesImage} onClick={() => onOpen(image.path)}>
        <img src={artifactUrl(owner, image.path)} alt={`${series.key}, ${t.artifacts.step} ${image.step}`} />
      </UnstyledButton>
      <Text size="xs" c="dimmed">
        {t.artifacts.step} {image.step.toLocaleString("en")}
        {last > 0 && ` (${at + 1} / ${last + 1})`}
      </Text>
      {last > 0 && (
        <Slider
          min={0}
          max={last}
          value={at}
          onChange={setPlace}
          label={(value) => series.images[value]?.step.toLocaleString("en")}
          thumbLabel={`${series.key}: ${t.artifacts.step}`}
          thumbProps={{ "aria-valuetext": image.step.toLocaleString("en") }}
        />
      )}
    </Stack>
  );
}
