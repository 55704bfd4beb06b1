/** Several runs as one table: a row for each thing that they recorded, a cell for each run. */

import type { RunDetails, SeriesInfo } from "../api/types";
import { toNumber } from "../api/types";
import { csvText } from "./csv";
import { bestOf, type Direction } from "./direction";
import { columnFormat } from "./format";
import { CAPTURE_TAG } from "./reproducibility/capture";
import { REPRODUCED_BY_TAG } from "./reproducibility/reproduction";

export const SECTIONS = ["metrics", "params", "tags", "environment", "datasets", "system"] as const;
export type Section = (typeof SECTIONS)[number];
export type Stat = "last" | "min" | "max";

export interface ComparisonRow {
  /** The section and the key. */
  id: string;
  section: Section;
  key: string;
  /** As text, null where a run has none, in the order of the runs. */
  values: (string | null)[];
  /** Of metrics, null elsewhere. */
  numbers: (number | null)[] | null;
  /** Of metrics. */
  series: (SeriesInfo | null)[] | null;
  /** Whether the runs that are known do not all have the same. */
  differs: boolean;
}

/** What the clients write into tags for the pages, and what is shown elsewhere. */
const HIDDEN = new Set([
  "mlflow.runName",
  "mlflow.runColor",
  "mlflow.loggedImages",
  "mlflow.loggedArtifacts",
  "mlflow.log-model.history",
  "mlflow.user",
  CAPTURE_TAG,
  REPRODUCED_BY_TAG,
]);
const NOTE = "mlflow.note.content";
const ENVIRONMENT = /^(?:mlflow|kiseki)\./;

/** All rows of some runs, section by section, keys in their order; a run that is not known is null. */
export function comparisonRows(runs: readonly (RunDetails | null)[], stat: Stat): ComparisonRow[] {
  const known = runs.map((run) => run !== null);
  const rows: ComparisonRow[] = [];
  const add = (section: Section, maps: (ReadonlyMap<string, string> | null)[]) => {
    const keys = new Set(maps.flatMap((map) => [...(map?.keys() ?? [])]));
    for (const key of [...keys].sort(collator.compare)) {
      const values = maps.map((map) => map?.get(key) ?? null);
      rows.push({ id: `${section}:${key}`, section, key, values, numbers: null, series: null, differs: false });
    }
  };
  const metrics = runs.map((run) => run && new Map(run.metrics.map((one) => [one.key, one])));
  const addMetrics = (section: "metrics" | "system") => {
    const keys = new Set(metrics.flatMap((map) => [...(map?.keys() ?? [])]));
    const own = [...keys].filter((key) => key.startsWith("system/") === (section === "system"));
    for (const key of own.sort(collator.compare)) {
      const series = metrics.map((map) => map?.get(key) ?? null);
      const numbers = series.map((one) => (one ? toNumber(one[stat]) : null));
      const format = columnFormat(numbers.filter((number) => number !== null));
      const values = numbers.map((number) => (number === null ? null : format(number)));
      rows.push({ id: `${section}:${key}`, section, key, values, numbers, series, differs: false });
    }
  };
  const tags = (wanted: (key: string) => boolean) =>
    runs.map((run) => run && new Map(run.tags.filter(({ key }) => wanted(key)).map(({ key, value }) => [key, value])));
  addMetrics("metrics");
  add(
    "params",
    runs.map((run) => run && new Map(run.params.map(({ key, value }) => [key, value]))),
  );
  add(
    "tags",
    tags((key) => key === NOTE || !ENVIRONMENT.test(key)),
  );
  const environment = tags((key) => key !== NOTE && ENVIRONMENT.test(key) && !HIDDEN.has(key));
  environment.forEach((map, i) => {
    const run = runs[i];
    if (!map || !run) return;
    map.set("experiment", run.experiment_name);
    if (run.run.user_id) map.set("user", run.run.user_id);
  });
  add("environment", environment);
  add("datasets", runs.map(datasetsOf));
  addMetrics("system");
  for (const row of rows) {
    const own = (row.numbers ?? row.values).filter((_, i) => known[i]);
    row.differs = own.some((value) => !Object.is(value, own[0]));
  }
  return rows;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Digests of datasets by name and context: what is in two runs of one name may not be the same data. */
function datasetsOf(run: RunDetails | null): Map<string, string> | null {
  if (!run) return null;
  const found = new Map<string, string>();
  for (const { dataset, tags } of run.inputs.dataset_inputs ?? []) {
    const context = tags?.find(({ key }) => key === "mlflow.data.context")?.value;
    const key = context ? `${dataset.name} (${context})` : dataset.name;
    const before = found.get(key);
    found.set(key, before ? `${before}, ${dataset.digest}` : dataset.digest);
  }
  return found;
}

/** Rows that are shown: those that differ, or all, whose key or name has the text. */
export function shownRows<Row extends { key: string; differs: boolean }>(
  rows: readonly Row[],
  all: boolean,
  text: string,
  nameOf: (row: Row) => string,
): Row[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (all || row.differs) &&
      (!wanted || row.key.toLowerCase().includes(wanted) || nameOf(row).toLowerCase().includes(wanted)),
  );
}

/** The places of a metric's best values. */
export const bestOfRow = (row: ComparisonRow, direction: Direction): Set<number> =>
  row.numbers ? bestOf(row.numbers, direction) : new Set();

/** Whether a value is better or worse than the baseline's, "" where that has no meaning. */
export function compared(value: number | null, base: number | null, direction: Direction): "better" | "worse" | "" {
  if (value === null || base === null || direction === "none" || Number.isNaN(value) || Number.isNaN(base)) return "";
  if (value === base) return "";
  return value > base === (direction === "up") ? "better" : "worse";
}

/** The table as CSV, numbers with all their digits. */
export function comparisonCsv(
  rows: readonly ComparisonRow[],
  runs: readonly { id: string; name: string }[],
  head: { section: string; key: string; run: string },
  sectionName: (section: Section) => string,
  nameOf: (row: ComparisonRow) => string,
): string {
  return csvText([
    [head.section, head.key, ...runs.map((run) => run.name)],
    ["", head.run, ...runs.map((run) => run.id)],
    ...rows.map((row) => [
      sectionName(row.section),
      nameOf(row),
      ...row.values.map((value, i) => {
        const number = row.numbers?.[i];
        return number ?? value;
      }),
    ]),
  ]);
}
