/** Versions of a model as one table: a row for each thing that is known of them, a cell for each version. */

import type { ModelVersion, RunDetails, VersionFile } from "../../api/types";
import { toNumber } from "../../api/types";
import { columnFormat } from "../format";
import type { ModelFile } from "../models/mlmodel";
import { packagesOf } from "./packages";

export const VERSION_SECTIONS = ["about", "metrics", "params", "signature", "environment", "files"] as const;
export type VersionSection = (typeof VERSION_SECTIONS)[number];

/** What is known of a version; null where it is not, or not yet. */
export interface ComparedVersion {
  version: ModelVersion | null;
  run: RunDetails | null;
  file: ModelFile | null;
  requirements: string | null;
  files: readonly VersionFile[] | null;
}

export interface VersionRow {
  id: string;
  section: VersionSection;
  key: string;
  /** As text, null where a version has none, in the order of the versions. */
  values: (string | null)[];
  /** Of metrics, null elsewhere. */
  numbers: (number | null)[] | null;
  /** Whether the versions do not all have the same. */
  differs: boolean;
}

type Facts = ReadonlyMap<string, string> | null;

/** Names of what is known of a version itself. */
export type About = "stage" | "aliases" | "description" | "source" | "run" | "model" | "user";

/** All rows of some versions, section by section, keys in their order. */
export function versionRows(versions: readonly ComparedVersion[]): VersionRow[] {
  const rows: VersionRow[] = [];
  const add = (section: VersionSection, facts: readonly Facts[], sorted = true) => {
    const keys = [...new Set(facts.flatMap((one) => [...(one?.keys() ?? [])]))];
    for (const key of sorted ? keys.sort(collator.compare) : keys) {
      const values = facts.map((one) => one?.get(key) ?? null);
      rows.push({ id: `${section}:${key}`, section, key, values, numbers: null, differs: differ(values) });
    }
  };
  add(
    "about",
    versions.map(({ version }) => version && aboutOf(version)),
    false,
  );
  rows.push(...metricRows(versions));
  add(
    "params",
    versions.map(({ run }) => run && new Map(run.params.map(({ key, value }) => [key, value]))),
  );
  add(
    "signature",
    versions.map(({ file }) => file && signatureOf(file)),
    false,
  );
  add("environment", versions.map(environmentOf));
  add(
    "files",
    versions.map(({ files }) => files && new Map(files.map((one) => [one.path, digestOf(one)]))),
  );
  return rows;
}

const collator = new Intl.Collator(undefined, { numeric: true });

const differ = (values: readonly unknown[]): boolean => values.some((value) => !Object.is(value, values[0]));

function aboutOf(version: ModelVersion): Map<About, string> {
  const tags = version.tags.map(({ key, value }): [string, string] => [`tags.${key}`, value]);
  const facts: [string, string][] = [
    ["stage", version.current_stage],
    ["aliases", [...version.aliases].sort().join(", ")],
    ["description", version.description],
    ["source", version.source],
    ["run", version.run_id],
    ["model", version.model_id],
    ["user", version.user_id],
    ...tags,
  ];
  return new Map(facts.filter(([, value]) => value !== "")) as Map<About, string>;
}

function metricRows(versions: readonly ComparedVersion[]): VersionRow[] {
  const metrics = versions.map(({ run }) => new Map(run?.metrics.map((one) => [one.key, toNumber(one.last)])));
  const keys = new Set(metrics.flatMap((one) => [...one.keys()]).filter((key) => !key.startsWith("system/")));
  return [...keys].sort(collator.compare).map((key) => {
    const numbers = metrics.map((one) => one.get(key) ?? null);
    const format = columnFormat(numbers.filter((value) => value !== null));
    const values = numbers.map((value) => (value === null ? null : format(value)));
    return { id: `metrics:${key}`, section: "metrics", key, values, numbers, differs: differ(numbers) };
  });
}

function signatureOf({ signature }: ModelFile): Map<string, string> {
  const found = new Map<string, string>();
  for (const [part, columns] of Object.entries(signature))
    for (const [i, { name, type, required, fallback }] of columns.entries()) {
      const more = fallback === undefined ? "" : ` = ${fallback}`;
      found.set(`${part}.${name || i}`, `${type}${required ? "" : "?"}${more}`);
    }
  return found;
}

function environmentOf({ file, requirements }: ComparedVersion): Facts {
  if (file === null && requirements === null) return null;
  return new Map([
    ...(file?.pythonVersion ? [["python", file.pythonVersion] as const] : []),
    ...packagesOf(requirements ?? ""),
  ]);
}

/** What tells whether two files are the same: the digest, or the size where nobody read it. */
const digestOf = ({ sha256, size }: VersionFile): string => sha256 ?? `${size} B`;
