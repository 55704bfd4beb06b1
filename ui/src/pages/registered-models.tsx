/** All registered models: found, sorted and made. */

import { Button, Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { FilterBar } from "../components/filter-bar";
import { Icon } from "../components/icons";
import { Snippets } from "../components/snippet";
import { EmptyState, ErrorState, RowsSkeleton } from "../components/states";
import { useText } from "../i18n";
import { complete, REGISTERED_FIELDS, toFilter } from "../lib/filter";
import { registerModel } from "../lib/registry/snippets";
import { knownTags } from "../lib/registry/tags";
import { serverAddress } from "../lib/snippets";
import { useCommands } from "../state/commands";
import { useNarrow } from "../state/narrow";
import { pageKeys } from "../state/page-keys";
import { useRegisteredModels } from "../state/registered-models";
import { useRegisteredModelsSearch } from "../state/registry";
import { toasts } from "../state/toasts";
import classes from "./models/models.module.css";
import { RegisteredModelTable } from "./registered-models/table";

const CreateDialog = lazy(async () => ({ default: (await import("../components/registry/dialogs")).CreateDialog }));

export function RegisteredModelsPage() {
  const t = useText();
  useDocumentTitle(`${t.registry.title} · kiseki`);
  const [search, change] = useRegisteredModelsSearch();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const list = useRegisteredModels(search);
  const [creating, setCreating] = useState(false);
  const known = useMemo(() => knownTags(list.items), [list.items]);
  const completed = useCallback(
    (text: string, caret: number) => complete(text, caret, known, REGISTERED_FIELDS),
    [known],
  );
  const keys = pageKeys.registeredModels(t);
  useCommands([
    { ...keys.filter, run: () => document.getElementById("registry-filter")?.focus() },
    { ...keys.create, run: () => setCreating(true) },
  ]);
  const filterError = list.error instanceof ApiError && list.error.status === 400 && search.q ? list.error : null;
  const create = (
    <Button leftSection={<Icon name="plus" />} onClick={() => setCreating(true)}>
      {t.registry.newModel}
    </Button>
  );
  return (
    <div className={classes.page}>
      <div className={classes.toolbar}>
        <Group gap="sm" justify="space-between">
          <Group gap="sm" align="baseline">
            <Title order={1}>{t.registry.title}</Title>
            <Text size="sm" c="dimmed" role="status">
              {list.loading || filterError ? "" : t.models.count(list.items.length, list.hasMore)}
            </Text>
          </Group>
          {create}
        </Group>
        <FilterBar
          id="registry-filter"
          placeholder={narrow ? t.runs.filterPlaceholderShort : t.registry.filterPlaceholder}
          applied={search.q ?? ""}
          onApply={(q) => change({ q })}
          complete={completed}
          countText={t.models.modelsCount}
          help={t.registry.filterHelpLines}
          error={filterError}
          asked={toFilter(search.q ?? "", REGISTERED_FIELDS)}
        />
      </div>
      {list.error && !filterError && list.items.length === 0 ? (
        <ErrorState error={list.error} retry={list.refetch} />
      ) : list.loading && !list.error ? (
        <RowsSkeleton rows={12} />
      ) : list.items.length > 0 ? (
        <RegisteredModelTable list={list} />
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
      ) : (
        <EmptyState title={t.registry.emptyTitle}>
          <Text>{t.registry.emptyText}</Text>
          <Snippets
            snippets={[
              { name: "kiseki", code: registerModel("kiseki", serverAddress(document.baseURI)) },
              { name: "MLflow", code: registerModel("mlflow", serverAddress(document.baseURI)) },
            ]}
          />
        </EmptyState>
      )}
      <Suspense>
        {creating && (
          <CreateDialog
            onClose={() => setCreating(false)}
            onCreated={(name) => {
              toasts.show({ text: t.registry.created1(name) });
              void navigate({ to: "/models/$name", params: { name }, search: {} });
            }}
          />
        )}
      </Suspense>
    </div>
  );
}
