/** What the runs recorded, side by side: above it what of it is shown. */

import { ActionIcon, Button, SegmentedControl, Switch, Text, TextInput, Tooltip } from "@mantine/core";
import { useMemo } from "react";
import { Icon } from "../../components/icons";
import { useText } from "../../i18n";
import {
  type ComparisonRow,
  comparisonCsv,
  comparisonRows,
  type Section,
  type Stat,
  shownRows,
} from "../../lib/comparison";
import { saveCsv } from "../../lib/files";
import { type CompareSearch, statOf } from "../../state/compare";
import type { Changer } from "../../state/search";
import classes from "./compare.module.css";
import { areSettled, type ComparedRun } from "./data";
import { ComparisonTable } from "./table";

export interface OverviewProps {
  runs: readonly ComparedRun[];
  search: CompareSearch;
  onChange: Changer<CompareSearch>;
}

export function Overview({ runs, search, onChange }: OverviewProps) {
  const t = useText();
  const stat = statOf(search);
  const details = useMemo(() => runs.map((run) => run.details), [runs]);
  const rows = useMemo(() => comparisonRows(details, stat), [details, stat]);
  const counts = useMemo(() => countBySection(rows), [rows]);
  const names = t.compare.names;
  const known = details.filter((one) => one !== null).length;
  // One run differs from nothing.
  const all = search.all === true || known < 2;
  const q = search.q ?? "";
  const shown = useMemo(() => shownRows(rows, all, q, (row) => names[row.key] ?? row.key), [rows, all, q, names]);
  const save = () => {
    const text = comparisonCsv(
      shown,
      runs,
      { section: t.compare.section, key: t.compare.key, run: t.compare.runId },
      (section) => t.compare.sections[section],
      (row) => row.key,
    );
    saveCsv(`${t.compare.csvName}.csv`, text);
  };
  return (
    <div className={classes.overview}>
      <div className={classes.tools}>
        <TextInput
          size="xs"
          w={190}
          leftSection={<Icon name="search" size={13} />}
          placeholder={t.compare.filter}
          aria-label={t.compare.filter}
          value={q}
          onChange={(event) => onChange({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
        <Switch
          size="xs"
          label={t.compare.differing}
          checked={search.all !== true}
          disabled={runs.length < 2}
          onChange={(event) => onChange({ all: event.currentTarget.checked ? undefined : true })}
        />
        <SegmentedControl
          size="xs"
          aria-label={t.compare.stat}
          value={stat}
          onChange={(value) => onChange({ stat: value === "last" ? undefined : (value as "min" | "max") })}
          data={(["last", "min", "max"] satisfies Stat[]).map((value) => ({ value, label: t.compare[value] }))}
        />
        <span className={classes.grow} />
        <Tooltip label={t.compare.csv}>
          <ActionIcon aria-label={t.compare.csv} onClick={save} disabled={shown.length === 0}>
            <Icon name="download" size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      <ComparisonTable runs={runs} rows={shown} counts={counts} search={search} onChange={onChange} />
      {shown.length === 0 && known > 0 && areSettled(runs) && (
        <Nothing
          text={q ? t.compare.noMatch(q) : rows.length === 0 ? t.compare.nothing : t.compare.allSame}
          onAll={!all && rows.length > 0 ? () => onChange({ all: true }) : null}
        />
      )}
    </div>
  );
}

function Nothing({ text, onAll }: { text: string; onAll: (() => void) | null }) {
  const t = useText();
  return (
    <div className={classes.nothing} role="status">
      <Text size="sm">{text}</Text>
      {onAll && (
        <Button variant="light" onClick={onAll}>
          {t.compare.showAll}
        </Button>
      )}
    </div>
  );
}

function countBySection(rows: readonly ComparisonRow[]): Map<Section, number> {
  const counts = new Map<Section, number>();
  for (const { section } of rows) counts.set(section, (counts.get(section) ?? 0) + 1);
  return counts;
}
