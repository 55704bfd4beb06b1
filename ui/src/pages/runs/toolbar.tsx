/** What is done with the list of runs: filter, choose columns, group, save, share; and with those that are selected. */

import { ActionIcon, Button, Group, Menu, Select, Text, Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ApiError } from "../../api/client";
import type { ColumnsAnswer } from "../../api/types";
import { Icon } from "../../components/icons";
import { scopeOf, ViewsMenu } from "../../components/views-menu";
import { useText } from "../../i18n";
import { copyText } from "../../lib/clipboard";
import { columnId, columnName, doubledKeys, parseColumn, parseSort, sortText } from "../../lib/columns";
import { useNarrow } from "../../state/narrow";
import type { RunList } from "../../state/run-list";
import { readRunsSearch, useRunsSearch } from "../../state/runs";
import { toasts } from "../../state/toasts";
import { RunColumnsMenu } from "./columns-menu";
import { useCsv } from "./csv-download";
import { RunFilter } from "./filter-bar";
import classes from "./runs.module.css";
import { Selection } from "./selection";

export interface ToolbarProps {
  ids: readonly string[];
  list: RunList;
  columns: readonly string[];
  inventory: ColumnsAnswer | undefined;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  error: ApiError | null;
}

export function Toolbar({ ids, list, columns, inventory, selected, onSelect, error }: ToolbarProps) {
  const t = useText();
  const navigate = useNavigate();
  const [search, change] = useRunsSearch();
  const tab = search.tab ?? "table";
  const narrow = useNarrow();
  const csv = useCsv(ids, search, columns, list.total);
  const sort = parseSort(search.sort);
  const groupChoices = useMemo(() => {
    const of = (kind: "params" | "tags") =>
      (inventory?.[kind] ?? [])
        .filter(
          (one) =>
            !one.key.startsWith("mlflow.") || one.key === "mlflow.parentRunId" || one.key === "mlflow.source.name",
        )
        .map((one) => columnId({ kind, key: one.key, aggregate: "last" }));
    const [params, tags] = [of("params"), of("tags")];
    const doubled = doubledKeys([...params, ...tags]);
    const items = (columns: readonly string[]) =>
      columns.map((value) => ({ value, label: columnName(value, t.runs, doubled) }));
    return [
      {
        group: t.runs.kinds.attributes,
        items: items(
          ["status", "user_id", ...(ids.length > 1 ? ["experiment_id"] : [])].map((key) => `attributes.${key}`),
        ),
      },
      { group: t.runs.kinds.params, items: items(params) },
      { group: t.runs.kinds.tags, items: items(tags) },
    ];
  }, [inventory, t, ids.length]);
  const share = async () => {
    if (await copyText(location.href)) toasts.show({ text: t.runs.shared });
  };
  const group = search.group;
  // Before, the file would be without the columns that the table is about to have.
  const complete = !list.loading && (search.cols !== undefined || inventory !== undefined);
  const selecting = tab === "table" && selected.size > 0;
  return (
    <div className={classes.toolbar}>
      <RunFilter inventory={inventory} error={error} />
      <div className={classes.tools} data-covered={selecting || undefined}>
        <Group gap="xs" wrap="wrap">
          <Select
            aria-label={t.runs.stage}
            className={classes.stage ?? ""}
            allowDeselect={false}
            value={search.stage ?? "active"}
            onChange={(value) => change({ stage: value === "deleted" || value === "all" ? value : undefined })}
            data={(["active", "deleted", "all"] as const).map((one) => ({ value: one, label: t.runs.stages[one] }))}
          />
          {/* Where the table has few heads in sight its order is seen and changed here. */}
          {(narrow || tab !== "table") && (
            <SortMenu columns={columns} sort={sort} onSort={(value) => change({ sort: value })} />
          )}
          {(tab === "table" || tab === "charts") && (
            <>
              <RunColumnsMenu columns={columns} inventory={inventory} several={ids.length > 1} />
              <Select
                aria-label={t.runs.groupBy}
                placeholder={t.runs.groupBy}
                leftSection={<Icon name="group" size={14} />}
                className={classes.groupBy ?? ""}
                clearable
                searchable
                clearButtonProps={{ "aria-label": t.runs.ungrouped }}
                value={group ?? null}
                onChange={(value) => change({ group: value ?? undefined })}
                data={
                  group && !groupChoices.some((one) => one.items.some((item) => item.value === group))
                    ? [...groupChoices, { group: " ", items: [{ value: group, label: columnName(group, t.runs) }] }]
                    : groupChoices
                }
              />
            </>
          )}
          <ViewsMenu scope={`experiments/${scopeOf(ids)}`} shown={search} read={readRunsSearch} change={change} />
          <Group gap={4} wrap="nowrap" flex="none">
            <Tooltip label={t.runs.share}>
              <ActionIcon aria-label={t.runs.share} onClick={() => void share()}>
                <Icon name="link" />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t.runs.csv}>
              <ActionIcon aria-label={t.runs.csv} disabled={!complete} onClick={() => void csv()}>
                <Icon name="download" />
              </ActionIcon>
            </Tooltip>
            <Text size="xs" c="dimmed" role="status" className={classes.count ?? ""}>
              {list.loading || error ? "" : t.runs.count(list.runs.length, list.total)}
            </Text>
          </Group>
          {group && list.hasMore && list.runs.length < list.total && (
            <Text size="xs" c="dimmed">
              {t.runs.groupPartly(list.runs.length, list.total)}
            </Text>
          )}
        </Group>
        {selecting && (
          <Selection
            selected={selected}
            list={list}
            onClear={() => onSelect(new Set())}
            onCompare={(runs) => void navigate({ to: "/compare", search: { runs } })}
          />
        )}
      </div>
    </div>
  );
}

function SortMenu({
  columns,
  sort,
  onSort,
}: {
  columns: readonly string[];
  sort: ReturnType<typeof parseSort>;
  onSort: (sort: string | undefined) => void;
}) {
  const t = useText();
  const narrow = useNarrow();
  const offered = [
    "attributes.start_time",
    "attributes.run_name",
    ...columns.filter((one) => parseColumn(one)?.kind !== "attributes"),
  ];
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          variant="default"
          className={classes.sortBy ?? ""}
          rightSection={sort && <Icon name={sort.descending ? "down" : "up"} size={12} />}
        >
          {/* The head of the table says by what, where there is little room. */}
          {sort && !narrow ? columnName(sort.column, t.runs) : t.runs.sortBy}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={400} style={{ overflow: "auto" }}>
        {offered.flatMap((column) =>
          [true, false].map((descending) => (
            <Menu.Item
              key={`${column} ${descending}`}
              rightSection={<Icon name={descending ? "down" : "up"} size={12} />}
              onClick={() => onSort(sortText({ column, descending }))}
            >
              {columnName(column, t.runs)}
            </Menu.Item>
          )),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
