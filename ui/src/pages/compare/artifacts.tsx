/** The artifacts of all runs as one tree, and the chosen file of each beside the others. */

import { Anchor, Button, SegmentedControl, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { runOwner } from "../../api/artifacts";
import { ArtifactSide, useArtifactSide } from "../../components/artifact-side";
import { Preview } from "../../components/preview";
import { Beside } from "../../components/previews/beside";
import type { FileProps } from "../../components/previews/parts";
import { EmptyState, ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { type Entry, entryOf } from "../../lib/artifact-tree";
import { formatBytes } from "../../lib/format";
import { baseName, folderOf, type PreviewKind, previewKind } from "../../lib/preview-kind";
import type { CompareSearch } from "../../state/compare";
import classes from "./compare.module.css";
import { areSettled, type ComparedRun } from "./data";
import type { OverviewProps } from "./overview";
import { TextDiff } from "./text-diff";

/** Previews of more runs are shown when somebody asks for them. */
const SHOWN = 12;
const TEXTS: readonly PreviewKind[] = ["text", "json", "mlmodel", "markdown"];
const ALSO_TEXTS: readonly PreviewKind[] = [...TEXTS, "html", "table", "notebook"];

export function ComparedArtifacts({ runs: given, search, onChange }: OverviewProps) {
  const t = useText();
  const joined = given
    .filter((run) => run.details)
    .map((run) => run.id)
    .join(",");
  const owners = useMemo(() => joined.split(",").filter(Boolean).map(runOwner), [joined]);
  const runs = given.filter((run) => run.details);
  const path = search.path ?? "";
  const live = runs.some((run) => run.details?.run.status === "RUNNING");
  const { folders, errors, refetch, toggle, fold, side } = useArtifactSide(owners, path, live);
  const top = folders.get("");
  // Two runs are shown in another way than three: until all are there, it is not sure how.
  if (!areSettled(given) || owners.length === 0 || top === undefined || top.status === "loading")
    return <RowsSkeleton rows={8} />;
  if (top.status === "error") return <ErrorState error={top.error} retry={refetch} />;
  if (top.entries.length === 0)
    return (
      <EmptyState title={t.compare.noArtifactsTitle}>
        <Text size="sm">{t.compare.noArtifacts}</Text>
      </EmptyState>
    );
  const entry = path ? entryOf(folders, path) : undefined;
  return (
    <div className={classes.files}>
      <ArtifactSide
        {...side}
        onChoose={(one) => {
          if (one.isDir) return toggle(one);
          fold();
          onChange({ path: one.path });
        }}
      />
      <div className={classes.shown}>
        {!path || entry?.isDir ? (
          <Text className={classes.absent}>{t.compare.chooseFile}</Text>
        ) : entry === undefined ? (
          <RowsSkeleton rows={5} />
        ) : entry === null ? (
          <EmptyState title={t.artifacts.goneTitle}>
            <Text size="sm">{t.artifacts.gone(path)}</Text>
          </EmptyState>
        ) : (
          <Compared key={path} runs={runs} errors={errors} entry={entry} search={search} onChange={onChange} />
        )}
      </div>
    </div>
  );
}

interface ComparedProps {
  runs: readonly ComparedRun[];
  errors: readonly (Error | null)[];
  entry: Entry;
  search: CompareSearch;
  onChange: OverviewProps["onChange"];
}

function Compared({ runs, errors, entry, search, onChange }: ComparedProps) {
  const t = useText();
  const [limit, setLimit] = useState(SHOWN);
  const kind = previewKind(entry.path);
  const pair = runs.length === 2 ? pairOf(runs, entry) : null;
  const comparable = pair !== null && ALSO_TEXTS.includes(kind);
  const look = search.look ?? (TEXTS.includes(kind) ? "diff" : "side");
  const sideBySide = !(comparable && look === "diff");
  const first = entry.paths.findIndex((path) => path !== null);
  return (
    <Beside>
      {(slot, lead) => (
        <>
          <div className={classes.pathBar}>
            <h2 className={classes.path}>{[folderOf(entry.path), entry.name].filter(Boolean).join("/")}</h2>
            <span className={classes.grow} />
            <div ref={slot} className={classes.slot} />
            {comparable && (
              <SegmentedControl
                size="xs"
                aria-label={t.artifacts.view}
                value={look}
                onChange={(value) => onChange({ look: value as "diff" | "side" })}
                data={[
                  { value: "diff", label: t.compare.diff },
                  { value: "side", label: t.compare.sideBySide },
                ]}
              />
            )}
          </div>
          {sideBySide ? (
            <div className={classes.side}>
              {runs.slice(0, limit).map((run, i) => {
                const path = entry.paths[i] ?? null;
                const size = entry.sizes[i] ?? null;
                return (
                  <section key={run.id} className={classes.one} aria-label={run.name}>
                    <RunTitle run={run} size={size} place={`${i + 1} / ${runs.length}`} />
                    {path === null ? (
                      <p className={classes.absent}>{errors[i] ? t.compare.notListed : t.compare.notThere}</p>
                    ) : (
                      lead(
                        <Preview
                          owner={runOwner(run.id)}
                          path={path}
                          label={`${run.name}: ${baseName(path)}`}
                          {...(size !== null && { size })}
                        />,
                        i === first,
                      )
                    )}
                  </section>
                );
              })}
            </div>
          ) : (
            pair && (
              <>
                <div className={classes.pair}>
                  {runs.map((run) => (
                    <RunTitle key={run.id} run={run} />
                  ))}
                </div>
                <TextDiff
                  files={pair}
                  whole={search.whole === true}
                  onWhole={(whole) => onChange({ whole: whole || undefined }, { replace: true })}
                />
              </>
            )
          )}
          {runs.length > limit && sideBySide && (
            <div className={classes.pathBar}>
              <span>{t.compare.firstRuns(limit, runs.length)}</span>
              <Button variant="default" size="compact-sm" onClick={() => setLimit(limit + SHOWN)}>
                {t.artifacts.showMore(Math.min(SHOWN, runs.length - limit))}
              </Button>
            </div>
          )}
        </>
      )}
    </Beside>
  );
}

interface RunTitleProps {
  run: ComparedRun;
  size?: number | null;
  /** Which of the runs it is, where not all are in sight. */
  place?: string;
}

function RunTitle({ run, size = null, place }: RunTitleProps) {
  return (
    <div className={classes.oneHead}>
      <span className="dot" style={{ background: run.colour }} />
      <Anchor
        fw={600}
        inherit
        className="truncate"
        renderRoot={(props) => <Link {...props} to="/runs/$runId" params={{ runId: run.id }} search={{}} />}
      >
        {run.name}
      </Anchor>
      {place && <span className={classes.place}>{place}</span>}
      <span className={classes.grow} />
      {size !== null && <span className={classes.count}>{formatBytes(size)}</span>}
    </div>
  );
}

/** The file of both runs, null when one has none. */
function pairOf(runs: readonly ComparedRun[], entry: Entry): readonly [FileProps, FileProps] | null {
  const files = runs.map((run, i): FileProps | null => {
    const path = entry.paths[i];
    const size = entry.sizes[i];
    return path
      ? {
          owner: runOwner(run.id),
          path,
          label: `${run.name}: ${baseName(path)}`,
          ...(typeof size === "number" && { size }),
        }
      : null;
  });
  const [one, other] = files;
  return one && other ? [one, other] : null;
}
