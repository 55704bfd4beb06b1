/** All experiments: found, sorted, made, named, described, deleted and restored. */

import { Button, Group, SegmentedControl, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback, useDocumentTitle } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { FoundExperiment } from "../api/types";
import { Icon } from "../components/icons";
import { KeyChips } from "../components/key-chips";
import { EmptyState, ErrorState, RowsSkeleton } from "../components/states";
import { useText } from "../i18n";
import { copyText } from "../lib/clipboard";
import { useCommands } from "../state/commands";
import { useExperimentsSearch } from "../state/experiments";
import { pageKeys } from "../state/page-keys";
import { toasts } from "../state/toasts";
import { DEFAULT_SORT, useExperimentActions, useExperiments } from "./experiments/data";
import { ExperimentList, type ListHandle } from "./experiments/list";
import classes from "./experiments/page.module.css";

// What few visits need comes when it is needed.
const dialogs = () => import("./experiments/dialogs");
const CreateDialog = lazy(async () => ({ default: (await dialogs()).CreateDialog }));
const RenameDialog = lazy(async () => ({ default: (await dialogs()).RenameDialog }));
const DetailsDrawer = lazy(async () => ({ default: (await dialogs()).DetailsDrawer }));
const FirstRun = lazy(async () => ({ default: (await import("../components/first-run")).FirstRun }));

const SEARCH_MS = 200;

type Dialog = { kind: "create" } | { kind: "rename" | "details"; id: string } | null;

export function ExperimentsPage() {
  const t = useText();
  useDocumentTitle(`${t.experiments.title} · kiseki`);
  const [search, change] = useExperimentsSearch();
  const navigate = useNavigate();
  const list = useExperiments(search);
  const { remove, restore, refresh } = useExperimentActions();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<Dialog>(null);
  const input = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<ListHandle>(null);

  const setStage = (stage: "deleted" | undefined) => {
    setSelected(new Set());
    change({ stage });
  };
  const open = (ids: string) => void navigate({ to: "/experiments/$ids", params: { ids }, search: {} });
  const toggle = (experiment: FoundExperiment | undefined) => {
    if (!experiment) return;
    const next = new Set(selected);
    if (!next.delete(experiment.experiment_id)) next.add(experiment.experiment_id);
    setSelected(next);
  };

  const keys = pageKeys.experiments(t);
  useCommands([
    { ...keys.search, run: () => input.current?.select() },
    { ...keys.create, run: () => setDialog({ kind: "create" }) },
    { ...keys.next, run: () => rows.current?.move(1) },
    { ...keys.previous, run: () => rows.current?.move(-1) },
    { ...keys.select, run: () => toggle(rows.current?.focused()) },
    search.stage
      ? { id: "experiments-active", label: t.experiments.showActive, run: () => setStage(undefined) }
      : { id: "experiments-deleted", label: t.experiments.showDeleted, run: () => setStage("deleted") },
  ]);

  const chosen = list.experiments.filter((one) => selected.has(one.experiment_id));
  const named = dialog && "id" in dialog ? list.experiments.find((one) => one.experiment_id === dialog.id) : undefined;
  const actions = {
    onRename: (one: FoundExperiment) => setDialog({ kind: "rename", id: one.experiment_id }),
    onDetails: (one: FoundExperiment) => setDialog({ kind: "details", id: one.experiment_id }),
    onCopyId: async (one: FoundExperiment) =>
      (await copyText(one.experiment_id))
        ? toasts.show({ text: t.experiments.idCopied })
        : toasts.show({ kind: "error", text: t.run.copyFailed }),
    onDelete: (one: FoundExperiment) => void remove([one]),
    onRestore: (one: FoundExperiment) => void restore([one]),
  };
  // Nobody has logged anything yet: there is at most what the server made itself.
  const first =
    !list.loading &&
    !list.stale &&
    !search.text &&
    !search.stage &&
    !list.hasMore &&
    list.experiments.every((one) => one.runs === 0);
  return (
    <div className={classes.page}>
      <div className={classes.bar}>
        <Group gap="sm" align="baseline" wrap="nowrap">
          <Title order={1}>{t.experiments.title}</Title>
          {!list.loading && (
            <Text size="sm" c="dimmed" aria-live="polite" style={{ whiteSpace: "nowrap" }}>
              {t.experiments.total(list.total)}
            </Text>
          )}
        </Group>
        <SearchBox
          text={search.text ?? ""}
          onText={(text) => change({ text: text || undefined }, { replace: true })}
          onDown={() => rows.current?.move(1)}
          inputRef={input}
        />
        <SegmentedControl
          size="xs"
          aria-label={t.experiments.stage}
          value={search.stage ?? "active"}
          onChange={(stage) => setStage(stage === "deleted" ? stage : undefined)}
          data={[
            { value: "active", label: t.common.active },
            { value: "deleted", label: t.common.trash },
          ]}
        />
        <Button
          leftSection={<Icon name="plus" />}
          // The first click finds the dialog there.
          onPointerEnter={() => void dialogs()}
          onFocus={() => void dialogs()}
          onClick={() => setDialog({ kind: "create" })}
        >
          {t.experiments.newExperiment}
        </Button>
      </div>
      <div className={classes.scroll} ref={scroller} aria-busy={list.stale}>
        {list.loading && !list.error && <RowsSkeleton />}
        {list.error && list.experiments.length === 0 && <ErrorState error={list.error} retry={list.refetch} />}
        {list.experiments.length > 0 && (
          <ExperimentList
            experiments={list.experiments}
            selected={selected}
            onSelect={setSelected}
            sort={search.sort ?? DEFAULT_SORT}
            onSort={(sort) => change({ sort: sort === DEFAULT_SORT ? undefined : sort })}
            actions={actions}
            hasMore={list.hasMore}
            loadingMore={list.loadingMore}
            busy={list.busy}
            onMore={list.loadMore}
            scroller={scroller}
            handle={rows}
          />
        )}
        {!list.loading && !list.error && list.experiments.length === 0 && search.text && (
          <EmptyState
            title={t.experiments.noMatchTitle}
            action={
              <Button variant="light" onClick={() => change({ text: undefined })}>
                {t.experiments.clearSearch}
              </Button>
            }
          >
            <Text>{t.experiments.noMatchText(search.text)}</Text>
          </EmptyState>
        )}
        {!list.loading && !list.error && list.experiments.length === 0 && search.stage && !search.text && (
          <EmptyState
            title={t.experiments.noDeletedTitle}
            action={
              <Button variant="light" onClick={() => setStage(undefined)}>
                {t.experiments.showActive}
              </Button>
            }
          >
            <Text>{t.experiments.noDeletedText}</Text>
          </EmptyState>
        )}
        <Suspense>{first && !list.error && <FirstRun title={t.experiments.firstTitle} />}</Suspense>
      </div>
      {chosen.length > 0 && (
        <section className={classes.selection} aria-label={t.common.selectedCount(chosen.length)}>
          <Text size="sm" fw={500}>
            {t.common.selectedCount(chosen.length)}
          </Text>
          <Button onClick={() => open(chosen.map((one) => one.experiment_id).join(","))}>
            {t.experiments.showRuns(chosen.length)}
          </Button>
          {search.stage ? (
            <Button variant="default" onClick={() => void restore(chosen).then(() => setSelected(new Set()))}>
              {t.common.restore}
            </Button>
          ) : (
            <Button
              variant="default"
              leftSection={<Icon name="trash" />}
              onClick={() => void remove(chosen).then(() => setSelected(new Set()))}
            >
              {t.common.remove}
            </Button>
          )}
          <Button variant="subtle" onClick={() => setSelected(new Set())}>
            {t.experiments.clearSelection}
          </Button>
        </section>
      )}
      <Suspense>
        {dialog?.kind === "create" && (
          <CreateDialog
            onClose={() => setDialog(null)}
            onCreated={(id, name) => {
              toasts.show({ text: t.experiments.created1(name) });
              open(id);
            }}
          />
        )}
        {dialog?.kind === "rename" && named && (
          <RenameDialog
            experiment={named}
            onClose={() => setDialog(null)}
            onRenamed={(name) => {
              toasts.show({ text: t.experiments.renamed(name) });
              void refresh();
            }}
          />
        )}
        {dialog?.kind === "details" && named && (
          <DetailsDrawer experiment={named} onClose={() => setDialog(null)} onChanged={refresh} />
        )}
      </Suspense>
    </div>
  );
}

interface SearchBoxProps {
  text: string;
  onText: (text: string | undefined) => void;
  /** Leaves the box for the list. */
  onDown: () => void;
  inputRef: React.RefObject<HTMLInputElement | null>;
}

function SearchBox({ text, onText, onDown, inputRef }: SearchBoxProps) {
  const t = useText();
  const [typed, setTyped] = useState(text);
  const typing = useRef(false);
  const settle = useDebouncedCallback((next: string) => {
    typing.current = false;
    onText(next.trim() || undefined);
  }, SEARCH_MS);
  // The URL may change otherwise: by the Back button, or by a button that clears the search.
  useEffect(() => {
    if (!typing.current) setTyped(text);
  }, [text]);
  const type = (next: string) => {
    typing.current = true;
    setTyped(next);
    settle(next);
  };
  return (
    <TextInput
      ref={inputRef}
      type="search"
      className={classes.search}
      aria-label={t.experiments.searchLabel}
      placeholder={t.experiments.searchPlaceholder}
      leftSection={<Icon name="search" />}
      rightSection={!typed && <KeyChips keys="/" hint />}
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "ArrowDown") {
          event.preventDefault();
          onDown();
        } else if (event.key === "Escape") {
          if (typed) type("");
          else event.currentTarget.blur();
        }
      }}
    />
  );
}
