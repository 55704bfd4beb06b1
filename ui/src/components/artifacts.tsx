/** The artifacts of a run or a logged model: a tree beside a preview. */

import { ActionIcon, Anchor, Breadcrumbs, Code, Group, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { artifactUrl, type Owner, zipUrl } from "../api/artifacts";
import { ApiError } from "../api/client";
import { useText } from "../i18n";
import { type Entry, entryOf, type Folder } from "../lib/artifact-tree";
import { formatBytes } from "../lib/format";
import { baseName } from "../lib/preview-kind";
import { FolderView } from "./artifact-folder";
import { ArtifactSide, useArtifactSide } from "./artifact-side";
import classes from "./artifacts.module.css";
import { CopyButton } from "./copy-button";
import { Icon } from "./icons";
import { Preview } from "./preview";
import { EmptyState, ErrorState, RowsSkeleton } from "./states";

export interface ArtifactsProps {
  owner: Owner;
  /** Whether files may still come. */
  live: boolean;
  /** The file or folder that is open, "" for the root. */
  path: string;
  onPath: (path: string) => void;
  /** What is shown where there are no files. */
  empty: ReactNode;
}

export function Artifacts({ owner, live, path, onPath, empty }: ArtifactsProps) {
  const t = useText();
  const owners = useMemo(() => [owner], [owner]);
  const { folders, root, errors, refetch, opened, open, toggle, fold, side } = useArtifactSide(owners, path, live);
  const entry = path === "" ? undefined : entryOf(folders, path);
  const top = folders.get("");
  const error = errors[0];
  if (error) return <Unlisted error={error} retry={refetch} />;
  if (top?.status !== "ready") return <RowsSkeleton rows={8} />;
  if (top.entries.length === 0 && path === "") return empty;
  const choose = (one: Entry) => {
    if (one.isDir && !(path === one.path && opened.has(one.path))) open(one);
    else if (one.isDir) toggle(one);
    else fold();
    onPath(one.path);
  };
  return (
    <div className={classes.root}>
      <ArtifactSide
        {...side}
        onChoose={choose}
        actions={
          <Tooltip label={t.artifacts.downloadAll}>
            <ActionIcon component="a" href={zipUrl(owner, "")} download aria-label={t.artifacts.downloadAll}>
              <Icon name="download" size={15} />
            </ActionIcon>
          </Tooltip>
        }
      />
      <div className={classes.main} data-root={path === "" || undefined}>
        <PathBar owner={owner} path={path} root={root} entry={entry ?? null} onPath={onPath} />
        <Shown owner={owner} path={path} entry={entry} folders={folders} onPath={onPath} />
      </div>
    </div>
  );
}

/** What is open: the file, what the folder has, or why there is nothing. */
function Shown({
  owner,
  path,
  entry,
  folders,
  onPath,
}: {
  owner: Owner;
  path: string;
  entry: Entry | null | undefined;
  folders: ReadonlyMap<string, Folder>;
  onPath: (path: string) => void;
}) {
  const t = useText();
  if (path === "" || entry?.isDir) {
    const folder = folders.get(path);
    if (folder?.status === "error") return <ErrorState error={folder.error} />;
    if (folder?.status !== "ready") return <RowsSkeleton rows={5} />;
    return <FolderView key={path} owner={owner} entries={folder.entries} onOpen={onPath} />;
  }
  if (entry === undefined) return <RowsSkeleton rows={5} />;
  if (entry === null)
    return (
      <EmptyState title={t.artifacts.goneTitle}>
        <Text size="sm">{t.artifacts.gone(path)}</Text>
      </EmptyState>
    );
  return <Preview owner={owner} path={path} {...(entry.size !== null && { size: entry.size })} />;
}

function PathBar({
  owner,
  path,
  root,
  entry,
  onPath,
}: {
  owner: Owner;
  path: string;
  root: string;
  entry: Entry | null;
  onPath: (path: string) => void;
}) {
  const t = useText();
  const isFolder = entry?.isDir === true;
  const parts = path.split("/").filter(Boolean);
  const download = isFolder ? t.artifacts.downloadFolder : t.artifacts.downloadFile;
  return (
    <div className={classes.pathBar}>
      <VisuallyHidden component="h2">{baseName(path) || t.artifacts.title}</VisuallyHidden>
      <nav aria-label={t.artifacts.path} className={classes.crumbs}>
        <Breadcrumbs separator="/" separatorMargin={4}>
          <Anchor component="button" type="button" size="sm" className={classes.crumb} onClick={() => onPath("")}>
            {t.artifacts.title}
          </Anchor>
          {parts.map((part, i) =>
            i === parts.length - 1 ? (
              <Text key={path} size="sm" fw={600} aria-current="page" className={classes.crumb} title={part}>
                {part}
              </Text>
            ) : (
              <Anchor
                key={parts.slice(0, i + 1).join("/")}
                component="button"
                type="button"
                size="sm"
                className={classes.crumb}
                onClick={() => onPath(parts.slice(0, i + 1).join("/"))}
              >
                {part}
              </Anchor>
            ),
          )}
        </Breadcrumbs>
      </nav>
      {entry && entry.size !== null && (
        <Text size="xs" c="dimmed" className={classes.nowrap}>
          {formatBytes(entry.size)}
        </Text>
      )}
      <Group gap={2} wrap="nowrap">
        {path !== "" && <CopyButton text={path} label={t.artifacts.copyPath} />}
        {root && (
          <CopyButton
            text={path ? `${root.replace(/\/$/, "")}/${path}` : root}
            label={t.artifacts.copyUri}
            icon="link"
          />
        )}
        {/* All of it is downloaded above the tree. */}
        {path !== "" && (
          <Tooltip label={download}>
            <ActionIcon
              component="a"
              size="sm"
              href={isFolder ? zipUrl(owner, path) : artifactUrl(owner, path)}
              download={isFolder ? true : baseName(path)}
              aria-label={download}
            >
              <Icon name="download" size={15} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
    </div>
  );
}

function Unlisted({ error, retry }: { error: Error; retry: () => void }) {
  const t = useText();
  if (!(error instanceof ApiError && error.code === "PERMISSION_DENIED"))
    return <ErrorState error={error} retry={retry} />;
  return (
    <EmptyState title={t.artifacts.deniedTitle}>
      <Text size="sm">{t.artifacts.deniedText}</Text>
      <Code block className={classes.reason}>
        {error.message}
      </Code>
    </EmptyState>
  );
}
