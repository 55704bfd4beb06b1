/** What is done with the list of models: filter, choose columns, share; and with those that are selected. */

import { ActionIcon, Button, Group, Select, Text, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { ApiError } from "../../api/client";
import { deleteModel, restoreModel } from "../../api/endpoints";
import type { ColumnsAnswer, LoggedModel } from "../../api/types";
import { ColumnsMenu } from "../../components/columns-menu";
import { FilterBar } from "../../components/filter-bar";
import { Icon } from "../../components/icons";
import { errorText } from "../../components/states";
import { scopeOf, ViewsMenu } from "../../components/views-menu";
import { useText } from "../../i18n";
import { copyText } from "../../lib/clipboard";
import { complete, MODEL_FIELDS, toFilter } from "../../lib/filter";
import { ATTRIBUTES, cellOf, columnId, type Inventory, parseColumn } from "../../lib/models/columns";
import { readModelsSearch, useModelsSearch } from "../../state/models";
import { useNarrow } from "../../state/narrow";
import type { PagedList } from "../../state/paged-list";
import { toasts } from "../../state/toasts";
import { columnName } from "./columns";
import { useCsv } from "./csv-download";
import classes from "./models.module.css";

const MOST_COMPARED = 100;

export interface ToolbarProps {
  ids: readonly string[];
  list: PagedList<LoggedModel>;
  columns: readonly string[];
  inventory: Inventory;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  error: ApiError | null;
}

export function Toolbar({ ids, list, columns, inventory, selected, onSelect, error }: ToolbarProps) {
  const t = useText();
  const [search, change] = useModelsSearch();
  const narrow = useNarrow();
  const known = useMemo(() => answerOf(list.items, inventory), [list.items, inventory]);
  const completed = useCallback((text: string, caret: number) => complete(text, caret, known, MODEL_FIELDS), [known]);
  const csv = useCsv(ids, search, columns);
  const share = async () => {
    if (await copyText(location.href)) toasts.show({ text: t.runs.shared });
  };
  const attributes = [...(ids.length > 1 ? (["experiment_id"] as const) : []), ...ATTRIBUTES].map((key) =>
    columnId({ kind: "attributes", key }),
  );
  const chosen = list.items.filter((model) => selected.has(model.info.model_id));
  return (
    <div className={classes.toolbar}>
      <FilterBar
        id="models-filter"
        placeholder={narrow ? t.runs.filterPlaceholderShort : t.models.filterPlaceholder}
        applied={search.q ?? ""}
        onApply={(q) => change({ q })}
        complete={completed}
        countText={t.models.modelsCount}
        help={t.models.filterHelpLines}
        error={error}
        asked={toFilter(search.q ?? "", MODEL_FIELDS)}
      />
      <div className={classes.tools} data-covered={chosen.length > 0 || undefined}>
        <Group gap="xs">
          <Select
            aria-label={t.models.stage}
            className={classes.stage ?? ""}
            allowDeselect={false}
            value={search.stage ?? "active"}
            onChange={(value) => change({ stage: value === "deleted" || value === "all" ? value : undefined })}
            data={(["active", "deleted", "all"] as const).map((one) => ({ value: one, label: t.runs.stages[one] }))}
          />
          <ColumnsMenu
            sections={(
              [
                ["attributes", attributes],
                ["metrics", inventory.metrics],
                ["params", inventory.params],
                ["tags", inventory.tags],
              ] as const
            ).map(([kind, listed]) => ({
              label: t.models.kinds[kind],
              columns: withChosen(listed, columns, kind).map((id) => ({ id, name: columnName(id, t) })),
            }))}
            chosen={list.loading ? null : columns}
            onChange={(cols) => change({ cols })}
          />
          <ViewsMenu scope={`models/${scopeOf(ids)}`} shown={search} read={readModelsSearch} change={change} />
          <Tooltip label={t.runs.share}>
            <ActionIcon aria-label={t.runs.share} onClick={() => void share()}>
              <Icon name="link" />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t.runs.csv}>
            {/* Before, the file would be without the columns that the table is about to have. */}
            <ActionIcon aria-label={t.runs.csv} disabled={list.loading} onClick={() => void csv()}>
              <Icon name="download" />
            </ActionIcon>
          </Tooltip>
          <Text size="xs" c="dimmed" role="status">
            {list.loading || error ? "" : t.models.count(list.items.length, list.hasMore)}
          </Text>
        </Group>
        {chosen.length > 0 && <Selection models={chosen} onClear={() => onSelect(new Set())} />}
      </div>
    </div>
  );
}

/** Columns of a kind that the models have, and those that are shown though no loaded model has them. */
const withChosen = (listed: readonly string[], columns: readonly string[], kind: string): string[] => [
  ...columns.filter((one) => parseColumn(one)?.kind === kind && !listed.includes(one)),
  ...listed,
];

function Selection({ models, onClear }: { models: readonly LoggedModel[]; onClear: () => void }) {
  const t = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const runs = [...new Set(models.map((model) => model.info.source_run_id))].filter(Boolean);
  /** Does it with each, and gives those with which it worked. */
  const each = async (ids: readonly string[], action: (id: string) => Promise<unknown>) => {
    const results = await Promise.allSettled(ids.map(action));
    await client.invalidateQueries({ queryKey: ["models"] });
    const failed = results.find((one) => one.status === "rejected");
    if (failed) toasts.show({ kind: "error", text: errorText(failed.reason, t) });
    return ids.filter((_, i) => results[i]?.status === "fulfilled");
  };
  const restore = async () => {
    const done = await each(
      models.map((model) => model.info.model_id),
      restoreModel,
    );
    onClear();
    if (done.length > 0) toasts.show({ text: t.models.restoredMany(done.length) });
  };
  const remove = async () => {
    const ids = models.map((model) => model.info.model_id);
    const done = await each(ids, deleteModel);
    onClear();
    if (done.length === 0) return;
    toasts.show({
      text: t.models.removedMany(done.length),
      action: { label: t.common.undo, run: () => void each(done, restoreModel) },
    });
  };
  return (
    <Group
      gap="xs"
      className={classes.selection ?? ""}
      role="toolbar"
      aria-label={t.common.selectedCount(models.length)}
    >
      <Group gap={2} wrap="nowrap">
        <Text size="sm" fw={600}>
          {t.common.selectedCount(models.length)}
        </Text>
        <ActionIcon aria-label={t.runs.clearSelection} onClick={onClear}>
          <Icon name="close" size={13} />
        </ActionIcon>
      </Group>
      <Button
        disabled={runs.length < 2}
        onClick={() => void navigate({ to: "/compare", search: { runs: runs.slice(0, MOST_COMPARED) } })}
      >
        {t.models.compareRuns}
      </Button>
      {models.some((model) => model.info.lifecycle_stage === "deleted") ? (
        <Button variant="default" onClick={() => void restore()}>
          {t.common.restore}
        </Button>
      ) : (
        <Button variant="default" c="red" leftSection={<Icon name="trash" size={14} />} onClick={() => void remove()}>
          {t.common.remove}
        </Button>
      )}
    </Group>
  );
}

const EXAMPLES = 20;

/** What loaded models have, as the filter's completion takes it. */
function answerOf(models: readonly LoggedModel[], inventory: Inventory): ColumnsAnswer {
  const of = (columns: readonly string[], kind: string) => {
    const keys = new Map<string, { key: string; runs: number; kind: string; examples: string[] }>();
    for (const column of columns) {
      const key = parseColumn(column)?.key ?? "";
      const values = models.map((model) => cellOf(model, column)).filter((value) => value !== null);
      const before = keys.get(key);
      const examples = kind === "number" ? [] : [...new Set(values.map(String))].slice(0, EXAMPLES);
      keys.set(key, { key, kind, examples, runs: Math.max(before?.runs ?? 0, values.length) });
    }
    return [...keys.values()];
  };
  return {
    metrics: of(inventory.metrics, "number"),
    params: of(inventory.params, "text"),
    tags: of(inventory.tags, "text"),
  };
}
