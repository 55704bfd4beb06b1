/** What previews have in common: the bar above them, notices, and what stands in for content. */

import { Anchor, Button, SegmentedControl, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { artifactUrl, type FilePart, type Owner } from "../../api/artifacts";
import { useText } from "../../i18n";
import { formatBytes } from "../../lib/format";
import { baseName } from "../../lib/preview-kind";
import { ErrorState, RowsSkeleton } from "../states";
import { Tools } from "./beside";
import { type FileQuery, MAX_BYTES } from "./file";
import classes from "./previews.module.css";

/** Of which file, whatever shows it. */
export interface FileProps {
  owner: Owner;
  path: string;
  size?: number;
  /** What it is called for those who hear it. */
  label: string;
}

export function Bar({ children }: { children: ReactNode }) {
  return <div className={classes.bar}>{children}</div>;
}

export const Grow = () => <span data-grow="" />;

export function Info({ children }: { children: ReactNode }) {
  return <span className={classes.info}>{children}</span>;
}

/** Chooses between several looks at one file. */
export function Looks<T extends string>({
  value,
  onChange,
  looks,
}: {
  value: T;
  onChange: (value: T) => void;
  looks: readonly { value: T; label: string }[];
}) {
  const t = useText();
  return (
    <Tools>
      <SegmentedControl
        size="xs"
        aria-label={t.artifacts.view}
        value={value}
        onChange={(chosen) => onChange(chosen as T)}
        data={[...looks]}
      />
    </Tools>
  );
}

export function DownloadLink({ owner, path }: Pick<FileProps, "owner" | "path">) {
  const t = useText();
  return (
    <Anchor href={artifactUrl(owner, path)} download={baseName(path)} size="sm">
      {t.common.download}
    </Anchor>
  );
}

/** Says that not all of a file is here, and offers the rest. */
export function CutNotice({
  file,
  part,
  busy,
  onMore,
}: {
  file: FileProps;
  part: FilePart;
  busy: boolean;
  /** Null when more is never shown. */
  onMore: (() => void) | null;
}) {
  const t = useText();
  if (part.whole) return null;
  return (
    <div className={classes.notice} role="note">
      <span>{t.artifacts.cut(formatBytes(part.bytes.length), formatBytes(part.size))}</span>
      {onMore && part.bytes.length < MAX_BYTES && (
        <Button variant="default" size="compact-xs" loading={busy} onClick={onMore}>
          {t.artifacts.loadMore}
        </Button>
      )}
      <DownloadLink {...file} />
    </div>
  );
}

/** A text above a preview: something is left out of it. */
export function Notice({ children }: { children: ReactNode }) {
  return (
    <div className={classes.notice} role="note">
      {children}
    </div>
  );
}

/** Content that scrolls in the room that there is. */
export function Region({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={`${classes.scroll} ${classes.pad}`} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** What is shown instead of a file. */
export function Instead({ file, children }: { file: FileProps; children: ReactNode }) {
  return (
    <Stack align="flex-start" gap="xs" className={classes.pad}>
      <Text size="sm">{children}</Text>
      <DownloadLink {...file} />
    </Stack>
  );
}

export function TooLarge({ file, size, limit = MAX_BYTES }: { file: FileProps; size: number; limit?: number }) {
  const t = useText();
  return <Instead file={file}>{t.artifacts.tooLarge(formatBytes(size), formatBytes(limit))}</Instead>;
}

/** A file once it is there; until then what its state is. */
export function Loaded({ query, children }: { query: FileQuery; children: (part: FilePart) => ReactNode }) {
  if (query.error) return <ErrorState error={query.error} retry={query.refetch} />;
  if (!query.data) return <RowsSkeleton rows={6} />;
  return children(query.data);
}

/** For parts of the page that come later than the rest. */
export function Waiting() {
  return <RowsSkeleton rows={6} />;
}
