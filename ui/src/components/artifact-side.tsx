/** The tree of artifacts with what looks for names in it; on a phone it folds. */

import { Button, Group, Text, TextInput } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import type { Owner } from "../api/artifacts";
import { useText } from "../i18n";
import { type Entry, type Folder, foldersAbove, type TreeRow, treeRows } from "../lib/artifact-tree";
import { MAX_SEARCHED, useArtifactTree } from "../state/artifacts";
import { ArtifactTree, type ArtifactTreeProps } from "./artifact-tree";
import classes from "./artifacts.module.css";
import { Icon } from "./icons";

export interface ArtifactSideProps extends Pick<ArtifactTreeProps, "path" | "onChoose" | "onToggle"> {
  rows: readonly TreeRow[];
  folders: ReadonlyMap<string, Folder>;
  /** How many folders were looked into for the filter. */
  searched: number;
  filter: string;
  onFilter: (filter: string) => void;
  folded: boolean;
  onFold: (folded: boolean) => void;
  /** What else is done here. */
  actions?: ReactNode;
}

/** What the tree shows, what of it is open, and the files of it for who shows them beside it. */
export function useArtifactSide(owners: readonly Owner[], path: string, live: boolean) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set(foldersAbove(path)));
  const [filter, setFilter] = useState("");
  const [folded, setFolded] = useState(path !== "");
  const { folders, root, errors, refetch, searched } = useArtifactTree(owners, opened, path, filter, live);
  // What leads to the open path is open.
  useEffect(() => {
    const above = foldersAbove(path).filter((folder) => folder);
    if (above.length > 0) setOpened((before) => new Set([...before, ...above]));
  }, [path]);
  const rows = useMemo(() => treeRows(folders, opened, filter), [folders, opened, filter]);
  const toggle = (one: Entry) => {
    const next = new Set(opened);
    if (!next.delete(one.path)) next.add(one.path);
    setOpened(next);
  };
  const open = (one: Entry) => setOpened(new Set([...opened, one.path]));
  const side = {
    rows,
    folders,
    searched,
    filter,
    onFilter: setFilter,
    folded,
    onFold: setFolded,
    path,
    onToggle: toggle,
  };
  return { folders, root, errors, refetch, opened, open, toggle, fold: () => setFolded(true), side };
}

export function ArtifactSide({
  rows,
  folders,
  searched,
  filter,
  onFilter,
  folded,
  onFold,
  actions,
  ...tree
}: ArtifactSideProps) {
  const t = useText();
  return (
    <div className={classes.side} data-folded={folded || undefined}>
      <Group gap={4} wrap="nowrap" className={classes.sideBar}>
        <TextInput
          size="xs"
          className={classes.filter}
          leftSection={<Icon name="search" size={13} />}
          placeholder={t.artifacts.filter}
          aria-label={t.artifacts.filter}
          value={filter}
          onChange={(event) => {
            onFold(false);
            onFilter(event.currentTarget.value);
          }}
        />
        {actions}
        <Button className={classes.fold} variant="default" aria-expanded={!folded} onClick={() => onFold(!folded)}>
          {folded ? t.artifacts.showTree : t.artifacts.hideTree}
        </Button>
      </Group>
      <div className={classes.treeRoom}>
        <ArtifactTree rows={rows} label={t.artifacts.tree} {...tree} />
        <FilterState
          filter={filter}
          found={rows.length}
          searched={searched}
          loading={[...folders.values()].some((folder) => folder.status === "loading")}
        />
      </div>
    </div>
  );
}

interface FilterStateProps {
  filter: string;
  found: number;
  searched: number;
  loading: boolean;
}

function FilterState({ filter, found, searched, loading }: FilterStateProps) {
  const t = useText();
  if (!filter.trim()) return null;
  return (
    <Text size="xs" c="dimmed" px="sm" py={4} role="status">
      {loading ? t.artifacts.filterBusy : found === 0 ? t.artifacts.noMatch : ""}{" "}
      {searched >= MAX_SEARCHED && t.artifacts.filterLimit(searched)}
    </Text>
  );
}
