/** What changed between two runs, beside what it did to their metrics. */

import { Alert, List, Text } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import type { Difference } from "../../api/types";
import { useText } from "../../i18n";
import type { Catalogue } from "../../i18n/en";
import { compared } from "../../lib/comparison";
import { type Direction, guessDirection } from "../../lib/direction";
import {
  type Changed,
  type ChangedGroup,
  changedGroups,
  changedMetrics,
  sameGroups,
} from "../../lib/reproducibility/difference";
import { readPatch } from "../../lib/reproducibility/patch";
import { LongText } from "../details/long-text";
import { KeyText } from "../key-text";
import { Patch } from "../patch";
import { Snippet } from "../snippet";
import classes from "./difference.module.css";

export interface DifferenceViewProps {
  difference: Difference;
  /** What the two runs are called. */
  names: readonly [before: string, after: string];
  /** Which of a metric's values are better. */
  direction?: (metric: string) => Direction;
}

export function DifferenceView({ difference, names, direction = guessDirection }: DifferenceViewProps) {
  const t = useText();
  const groups = changedGroups(difference);
  const same = sameGroups(difference);
  return (
    <div className={classes.difference}>
      <div className={classes.side}>
        <h3 className={classes.title}>{t.reproducibility.whatChanged}</h3>
        {difference.problems.length > 0 && (
          <Alert color="yellow" mb="xs">
            <List size="sm">
              {difference.problems.map((problem) => (
                <List.Item key={problem}>{problem}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        {groups.map((group) => (
          <Group key={group.kind} group={group} names={names}>
            {group.kind === "code" && <Code code={difference.code} />}
          </Group>
        ))}
        {groups.length === 0 && (
          <Text size="sm" mb={4}>
            {t.reproducibility.nothingChanged}
          </Text>
        )}
        {same.length > 0 && (
          <Text size="sm" c="dimmed">
            {t.reproducibility.same(same.map((kind) => t.reproducibility.kinds[kind]))}
          </Text>
        )}
      </div>
      <div className={classes.effect}>
        <h3 className={classes.title}>{t.reproducibility.whatItDid}</h3>
        <Metrics difference={difference} names={names} direction={direction} />
      </div>
    </div>
  );
}

function Head({ first, names, more }: { first: string; names: DifferenceViewProps["names"]; more?: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {names.map((name, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the one before and the one after
          <th key={i} scope="col" title={name}>
            {name}
          </th>
        ))}
        {more && <th scope="col">{more}</th>}
      </tr>
    </thead>
  );
}

function Group({
  group,
  names,
  children,
}: {
  group: ChangedGroup;
  names: readonly [string, string];
  children: ReactNode;
}) {
  const t = useText();
  const kind = t.reproducibility.kinds[group.kind];
  return (
    // biome-ignore lint/a11y/useSemanticElements: nothing is filled in here
    <div className={classes.group} role="group" aria-label={kind}>
      <h4 className={classes.kind}>
        {kind} <span>{group.count.toLocaleString("en")}</span>
      </h4>
      {group.changes.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section className={classes.room} tabIndex={0} aria-label={t.reproducibility.tableOf(kind, ...names)}>
          <table className={classes.table}>
            <Head first={t.common.name} names={names} />
            <tbody>
              {group.changes.map(({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row">
                    <KeyText text={nameText(group.kind, name, t)} />
                  </th>
                  {[before, after].map((value, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the one before and the one after
                    <td key={i} data-none={value === null || undefined}>
                      {value === null ? t.common.none : <LongText text={valueText(group.kind, name, value, t)} />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {children}
    </div>
  );
}

const COMMIT = "commit";
const SUBMODULE = "submodule ";

/** Enough for git to know it. */
const shortCommit = (commit: string): string => commit.slice(0, 12);

function nameText(kind: Changed, name: string, t: Catalogue): string {
  if (kind === "seeds" && name === "hash") return t.reproducibility.hash;
  if (kind === "code" && name.startsWith(SUBMODULE))
    return `${t.reproducibility.submodules}: ${name.slice(SUBMODULE.length)}`;
  return (kind === "code" || kind === "host" ? t.reproducibility.names[name] : undefined) ?? name;
}

/** Seeds come as words: those that are known are said in the reader's language. */
function valueText(kind: Changed, name: string, value: string, t: Catalogue): string {
  if (kind === "code" && (name === COMMIT || name.startsWith(SUBMODULE))) return shortCommit(value);
  if (kind !== "seeds") return value;
  const [, word = "", state] = /^(not seeded|seeded|unknown)(?:, state (\w+))?$/.exec(value) ?? [];
  const { notSeeded, seeded, seedUnknown, seedIs, state: ofState } = t.reproducibility;
  const said = { "not seeded": notSeeded, seeded, unknown: seedUnknown }[word];
  return said ? t.reproducibility.listed(state ? [said, ofState(state)] : [said]) : seedIs(value);
}

function Code({ code }: { code: Difference["code"] }) {
  const t = useText().reproducibility;
  const commits = code.facts.find(({ name }) => name === COMMIT);
  // Of large and binary files no line is shown.
  const files = useMemo(() => {
    const shown = new Set(readPatch(code.diff).map(({ path }) => path));
    return code.files.filter(({ path }) => !shown.has(path));
  }, [code]);
  return (
    <>
      {commits?.before && commits.after && (
        <>
          <Text size="sm" c="dimmed" my={4}>
            {t.betweenCommits}
          </Text>
          <Snippet code={`git diff ${shortCommit(commits.before)} ${shortCommit(commits.after)}`} />
          {code.files.length > 0 && (
            <Text size="sm" c="dimmed" mt={6}>
              {t.notCommitted}
            </Text>
          )}
        </>
      )}
      {files.length > 0 && (
        <ul className={classes.files}>
          {files.map(({ path, status }) => (
            <li key={path}>
              <span className="mono">
                <KeyText text={path} />
              </span>{" "}
              <span>{t.patchKinds[status as keyof typeof t.patchKinds] ?? status}</span>
            </li>
          ))}
        </ul>
      )}
      {code.diff && <Patch text={code.diff} />}
      {!code.diff_is_whole && (
        <Text size="sm" c="dimmed" mt={4}>
          {t.diffNotWhole}
        </Text>
      )}
    </>
  );
}

function Metrics({ difference, names, direction }: Required<DifferenceViewProps>) {
  const t = useText();
  const { metrics, same } = changedMetrics(difference);
  return (
    <>
      {metrics.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <section className={classes.room} tabIndex={0} aria-label={t.reproducibility.tableOf(t.run.metrics, ...names)}>
          <table className={`${classes.table} ${classes.metrics}`}>
            <Head first={t.run.metric} names={names} more={t.reproducibility.change} />
            <tbody>
              {metrics.map(({ key, before, after, change, numbers }) => {
                const kind = compared(numbers[1], numbers[0], direction(key));
                return (
                  <tr key={key}>
                    <th scope="row">
                      <KeyText text={key} />
                    </th>
                    {[before, after].map((text, i) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: the one before and the one after
                      <td key={i} data-none={text === "" || undefined}>
                        {text || t.common.none}
                      </td>
                    ))}
                    <td data-kind={kind}>
                      {change}
                      {kind && <span className="unseen">{t.reproducibility[kind]}</span>}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      <Text size="sm" c="dimmed" mt={metrics.length > 0 ? 6 : 0}>
        {difference.metrics.length === 0
          ? t.run.noMetrics
          : metrics.length === 0
            ? t.reproducibility.allMetricsSame(same)
            : same > 0 && t.reproducibility.metricsSame(same)}
      </Text>
    </>
  );
}
