/** The versions of a registered model as a table, with what was measured in their runs. */

import { ActionIcon, Button, Checkbox, Group, Menu, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import type { ModelVersion } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { ColumnsMenu } from "../../components/columns-menu";
import { Section } from "../../components/details/section";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { More } from "../../components/more";
import { AliasChips } from "../../components/registry/alias-chips";
import { Stage } from "../../components/registry/stage";
import { ErrorState, RowsSkeleton } from "../../components/states";
import { TagChips } from "../../components/tag-list";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import { columnFormat } from "../../lib/format";
import { metricKeys } from "../../lib/registry/metrics";
import { byNumber } from "../../lib/registry/versions";
import { firstLine, userTags } from "../../lib/tags";
import { useNow } from "../../state/clock";
import { refreshModel } from "../../state/registered-model";
import { useVersions } from "../../state/registered-models";
import { useRegisteredModelSearch } from "../../state/registry";
import { toasts } from "../../state/toasts";
import { useVersionRuns, type VersionRun, type VersionRuns } from "../../state/version-runs";
import table from "../models/models.module.css";
import own from "./registered-model.module.css";

const DeleteVersionDialog = lazy(async () => ({
  default: (await import("../../components/registry/dialogs")).DeleteVersionDialog,
}));

const ROW_PX = 34;
// Rows have many cells.
const FEW_ROWS = 60;
const USUAL_METRICS = 3;
const MOST_COMPARED = 20;

interface VersionsProps {
  name: string;
  onMove: (version: string) => void;
}

export function Versions({ name, onMove }: VersionsProps) {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search, change] = useRegisteredModelSearch();
  const list = useVersions(name);
  const { runs, loading: runsLoading } = useVersionRuns(list.items);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<string | null>(null);
  const known = useMemo(() => metricKeys([...runs.values()].map((run) => run.metrics)), [runs]);
  const columns = search.cols ?? known.slice(0, USUAL_METRICS);
  const chosen = list.items.filter((one) => selected.has(one.version)).sort(byNumber);
  const toggle = (version: string) => {
    const next = new Set(selected);
    if (!next.delete(version)) next.add(version);
    setSelected(next);
  };
  const compare = () =>
    void navigate({
      to: "/models/$name/compare",
      params: { name },
      search: { versions: chosen.slice(0, MOST_COMPARED).map((one) => one.version) },
    });
  return (
    <Section
      title={t.registry.versions}
      actions={
        <>
          <Text size="xs" c="dimmed" role="status">
            {list.loading ? "" : t.registry.versionsCount(list.items.length, list.hasMore)}
          </Text>
          <Group gap="xs" ml="auto">
            {known.length > 0 && (
              <ColumnsMenu
                sections={[{ label: t.run.metrics, columns: known.map((key) => ({ id: key, name: key })) }]}
                chosen={columns}
                onChange={(cols) => change({ cols })}
              />
            )}
            <Button disabled={chosen.length < 2} onClick={compare}>
              {chosen.length < 2 ? t.registry.compare : t.registry.compareMany(chosen.length)}
            </Button>
          </Group>
        </>
      }
    >
      {list.error && list.items.length === 0 ? (
        <ErrorState error={list.error} retry={list.refetch} />
      ) : list.loading ? (
        <RowsSkeleton rows={5} />
      ) : list.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t.registry.noVersions}
        </Text>
      ) : (
        <VersionTable
          list={list}
          columns={columns}
          runs={runs}
          runsLoading={runsLoading}
          selected={selected}
          onToggle={toggle}
          onMove={onMove}
          onRemove={setRemoving}
        />
      )}
      <Suspense>
        {removing !== null && (
          <DeleteVersionDialog
            name={name}
            version={removing}
            onClose={() => setRemoving(null)}
            onDeleted={() => {
              toasts.show({ text: t.registry.versionRemoved(removing) });
              void refreshModel(client, name);
            }}
          />
        )}
      </Suspense>
    </Section>
  );
}

interface TableProps extends Pick<VersionsProps, "onMove"> {
  list: ReturnType<typeof useVersions>;
  columns: readonly string[];
  runs: VersionRuns["runs"];
  runsLoading: boolean;
  selected: ReadonlySet<string>;
  onToggle: (version: string) => void;
  onRemove: (version: string) => void;
}

function VersionTable({ list, columns, runs, runsLoading, selected, onToggle, onMove, onRemove }: TableProps) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(list.items.length, scroller, ROW_PX, FEW_ROWS);
  const formats = useMemo(
    () =>
      columns.map((key) =>
        columnFormat(
          list.items.flatMap((one) => {
            const value = runs.get(one.run_id)?.metrics.get(key);
            return value === undefined ? [] : [value];
          }),
        ),
      ),
    [columns, runs, list.items],
  );
  return (
    <Edges axis="x" className={own.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div ref={scroller} className={`${table.scroller} ${own.scroller}`} tabIndex={0} aria-busy={list.stale}>
        <table>
          <caption className="unseen">{t.registry.versions}</caption>
          <thead>
            <tr>
              <th scope="col" className={own.version}>
                {t.registry.versionLabel}
              </th>
              <th scope="col">{t.registry.aliases}</th>
              <th scope="col">{t.registry.stage}</th>
              {columns.map((key) => (
                <th key={key} scope="col" data-number title={key}>
                  {key}
                </th>
              ))}
              <th scope="col">{t.models.sourceRun}</th>
              <th scope="col">{t.registry.registered}</th>
              <th scope="col">{t.registry.about}</th>
              <th scope="col">
                <span className="unseen">{t.experiments.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.before > 0 && <tr aria-hidden style={{ height: rows.before }} />}
            {rows.indices.map((index) => {
              const one = list.items[index];
              if (!one) return null;
              const run = runs.get(one.run_id);
              const none = !run && runsLoading ? null : "–";
              return (
                <tr
                  key={one.version}
                  data-index={index}
                  ref={rows.measure}
                  data-selected={selected.has(one.version) || undefined}
                >
                  <th scope="row" className={own.version}>
                    <span className={table.nameCell}>
                      <Checkbox
                        size="xs"
                        aria-label={t.models.select(t.registry.version(one.version))}
                        checked={selected.has(one.version)}
                        onChange={() => onToggle(one.version)}
                      />
                      <Link
                        to="/models/$name/versions/$version"
                        params={{ name: one.name, version: one.version }}
                        search={{}}
                      >
                        {t.registry.version(one.version)}
                      </Link>
                    </span>
                  </th>
                  <td>
                    <AliasChips aliases={one.aliases.map((alias) => ({ alias }))} />
                  </td>
                  <td>
                    <Stage stage={one.current_stage} />
                  </td>
                  {columns.map((key, i) => {
                    const value = run?.metrics.get(key);
                    return (
                      <td key={key} data-number title={value === undefined ? undefined : String(value)}>
                        {value === undefined ? none : formats[i]?.(value)}
                      </td>
                    );
                  })}
                  <td>
                    <SourceRun id={one.run_id} run={run} />
                  </td>
                  <td>
                    <Ago time={one.creation_timestamp} now={now} />
                    {one.user_id && ` · ${one.user_id}`}
                  </td>
                  <td>
                    <span className={own.about}>
                      {one.description && <span className="truncate">{firstLine(one.description)}</span>}
                      <TagChips tags={userTags(one.tags)} most={2} />
                    </span>
                  </td>
                  <td>
                    <RowMenu version={one} onMove={onMove} onRemove={onRemove} />
                  </td>
                </tr>
              );
            })}
            {rows.after > 0 && <tr aria-hidden style={{ height: rows.after }} />}
          </tbody>
        </table>
        {list.hasMore && (
          <More loading={list.loadingMore} busy={list.busy} onMore={list.loadMore} scroller={scroller} />
        )}
      </div>
    </Edges>
  );
}

const ID_CHARS = 8;

function SourceRun({ id, run }: { id: string; run: VersionRun | undefined }) {
  if (!id) return null;
  return (
    <Link to="/runs/$runId" params={{ runId: id }} search={{}} {...(!run && { className: "mono" })}>
      {run?.name || id.slice(0, ID_CHARS)}
    </Link>
  );
}

interface RowMenuProps extends Pick<TableProps, "onMove" | "onRemove"> {
  version: ModelVersion;
}

function RowMenu({ version: { version }, onMove, onRemove }: RowMenuProps) {
  const t = useText();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t.experiments.actionsOf(t.registry.version(version))}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="bookmark" />} onClick={() => onMove(version)}>
          {t.registry.promote}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<Icon name="trash" />} onClick={() => onRemove(version)}>
          {t.registry.removeVersion}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
