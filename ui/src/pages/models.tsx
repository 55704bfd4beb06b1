/** The logged models of one or several experiments. */

import { Button, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { AwaitedExperiment, ExperimentHead, useExperiments } from "../components/experiment-head";
import { Snippets } from "../components/snippet";
import { EmptyState, ErrorState, RowsSkeleton } from "../components/states";
import { useText } from "../i18n";
import { inventoryOf, parseColumn, usualColumns } from "../lib/models/columns";
import { logModel } from "../lib/models/load-snippets";
import { serverAddress } from "../lib/snippets";
import { useCommands } from "../state/commands";
import { useKept } from "../state/experiment-tabs";
import { useModelList, useModelsExperiments, useModelsSearch, useRunNames } from "../state/models";
import { pageKeys } from "../state/page-keys";
import classes from "./models/models.module.css";
import { ModelTable } from "./models/table";
import { Toolbar } from "./models/toolbar";

export function ModelsPage() {
  const t = useText();
  const ids = useModelsExperiments();
  const [search, change] = useModelsSearch();
  const experiments = useExperiments(ids);
  const { title, first, error } = experiments;
  useKept(ids.join(","), { models: search });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const list = useModelList(ids, search);
  const { items: models } = list;
  const inventory = useMemo(() => inventoryOf(models), [models]);
  const columns = useMemo(
    () => search.cols?.filter((column) => parseColumn(column)) ?? usualColumns(models, inventory, ids.length),
    [search.cols, models, inventory, ids.length],
  );
  const runNames = useRunNames(ids, models);
  useCommands([{ ...pageKeys.models(t).filter, run: () => document.getElementById("models-filter")?.focus() }]);

  if (error) return <ErrorState error={error} />;
  const filterError = list.error instanceof ApiError && list.error.status === 400 && search.q ? list.error : null;
  return (
    <div className={classes.page}>
      <ExperimentHead ids={ids} title={title} tab="models" />
      <Toolbar
        ids={ids}
        list={list}
        columns={columns}
        inventory={inventory}
        selected={selected}
        onSelect={setSelected}
        error={filterError}
      />
      {list.error && !filterError && models.length === 0 ? (
        <ErrorState error={list.error} retry={list.refetch} />
      ) : list.loading && !list.error ? (
        <RowsSkeleton rows={14} />
      ) : models.length > 0 ? (
        <ModelTable list={list} columns={columns} runNames={runNames} selected={selected} onSelect={setSelected} />
      ) : search.q ? (
        <EmptyState
          title={filterError ? t.models.filterErrorTitle : t.models.noMatchTitle}
          action={
            <Button variant="light" onClick={() => change({ q: undefined })}>
              {t.runs.filterClear}
            </Button>
          }
        >
          <Text>{t.runs.noMatchText}</Text>
        </EmptyState>
      ) : search.stage === "deleted" ? (
        <EmptyState title={t.runs.noDeletedTitle} />
      ) : !first ? (
        // Code without its name would log elsewhere.
        <AwaitedExperiment experiments={experiments} />
      ) : (
        <EmptyState title={t.models.emptyTitle}>
          <Text>{t.models.emptyText}</Text>
          <Snippets
            snippets={[
              { name: "kiseki", code: logModel("kiseki", serverAddress(document.baseURI), first.name) },
              { name: "MLflow", code: logModel("mlflow", serverAddress(document.baseURI), first.name) },
            ]}
          />
        </EmptyState>
      )}
    </div>
  );
}
