/** The table of a comparison of versions: a column each, rows by section. */

import { ActionIcon, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type CSSProperties, useRef } from "react";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { KeyText } from "../../components/key-text";
import { AliasChips } from "../../components/registry/alias-chips";
import { Stage } from "../../components/registry/stage";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import type { Catalogue } from "../../i18n/en";
import { bestOf, guessDirection } from "../../lib/direction";
import {
  type About,
  type ComparedVersion,
  VERSION_SECTIONS,
  type VersionRow,
  type VersionSection,
} from "../../lib/registry/comparison";
import { useCompareVersionsSearch } from "../../state/registry";
import classes from "../compare/compare.module.css";

const ROW_HEIGHT = 30;
const DIGEST_CHARS = 12;
const SHA256 = /^[0-9a-f]{64}$/;

export function rowName({ section, key }: VersionRow, t: Catalogue): string {
  return section === "about" ? (t.registry.aboutVersion[key as About] ?? key) : key;
}

interface VersionComparisonProps {
  name: string;
  numbers: readonly string[];
  versions: readonly ComparedVersion[];
  rows: readonly VersionRow[];
}

type Item = { section: VersionSection; count: number } | VersionRow;

export function VersionComparison({ name, numbers, versions, rows }: VersionComparisonProps) {
  const t = useText();
  const [, change] = useCompareVersionsSearch();
  const scroller = useRef<HTMLDivElement>(null);
  const items = VERSION_SECTIONS.flatMap((section): Item[] => {
    const own = rows.filter((row) => row.section === section);
    return own.length > 0 ? [{ section, count: own.length }, ...own] : [];
  });
  const { indices, before, after, measure } = useVirtualRows(items.length, scroller, ROW_HEIGHT);
  const width = numbers.length + 1;
  return (
    <Edges axis="x" className={classes.edges}>
      <section
        ref={scroller}
        className={classes.room}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        aria-label={t.registry.compareTitle(name, numbers.length)}
      >
        <table
          className={classes.table}
          style={{ "--runs": numbers.length } as CSSProperties}
          aria-rowcount={items.length + 1}
        >
          <colgroup>
            <col className={classes.keyColumn} />
            {numbers.map((number) => (
              <col key={number} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" className={classes.corner}>
                {t.compare.key}
              </th>
              {numbers.map((number, i) => (
                <th key={number} scope="col">
                  <div className={classes.runHead}>
                    <Link
                      to="/models/$name/versions/$version"
                      params={{ name, version: number }}
                      search={{}}
                      className={classes.runName}
                    >
                      {t.registry.version(number)}
                    </Link>
                    <span className={classes.runButtons}>
                      <Tooltip label={t.compare.remove(t.registry.version(number))}>
                        <ActionIcon
                          size={24}
                          aria-label={t.compare.remove(t.registry.version(number))}
                          onClick={() => change({ versions: numbers.filter((one) => one !== number) })}
                        >
                          <Icon name="close" size={12} />
                        </ActionIcon>
                      </Tooltip>
                    </span>
                    <Marks version={versions[i]} />
                  </div>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <Space height={before} width={width} />}
            {indices.map((index) => {
              const item = items[index];
              if (!item) return null;
              const given = { "data-index": index, ref: measure, "aria-rowindex": index + 2 };
              if ("count" in item)
                return (
                  <tr key={item.section} className={classes.sectionRow} {...given}>
                    <th colSpan={width} scope="colgroup">
                      <span className={classes.sectionButton}>
                        {t.registry.sections[item.section]}
                        <span className={classes.count}>{item.count.toLocaleString("en")}</span>
                      </span>
                    </th>
                  </tr>
                );
              return (
                <tr
                  key={item.id}
                  className={classes.row}
                  data-same={(!item.differs && numbers.length > 1) || undefined}
                  {...given}
                >
                  <Cells row={item} />
                </tr>
              );
            })}
            {after > 0 && <Space height={after} width={width} />}
          </tbody>
        </table>
      </section>
    </Edges>
  );
}

function Marks({ version }: { version: ComparedVersion | undefined }) {
  if (!version?.version) return null;
  const { aliases, current_stage } = version.version;
  return (
    <span className={classes.facts}>
      <AliasChips aliases={aliases.map((alias) => ({ alias }))} />
      <span>
        <Stage stage={current_stage} />
      </span>
    </span>
  );
}

/** Stands for the rows that are not made. */
function Space({ height, width }: { height: number; width: number }) {
  return (
    <tr>
      <td colSpan={width} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

function Cells({ row }: { row: VersionRow }) {
  const t = useText();
  const name = rowName(row, t);
  const best: ReadonlySet<number> = row.numbers ? bestOf(row.numbers, guessDirection(row.key)) : new Set();
  return (
    <>
      <th scope="row">
        <span className={classes.keyName} title={row.key}>
          <KeyText text={name} />
        </span>
      </th>
      {row.values.map((value, i) => {
        // biome-ignore lint/suspicious/noArrayIndexKey: cells of a row are their place
        if (value === null) return <None key={i} />;
        if (row.numbers)
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: cells of a row are their place
            <td key={i} className={classes.metric} data-best={best.has(i) || undefined} title={String(row.numbers[i])}>
              <span className={classes.number}>
                {value}
                {best.has(i) && (
                  <span className={classes.best} title={t.compare.best}>
                    <Icon name="check" size={12} />
                    <span className={classes.hidden}>{t.compare.best}</span>
                  </span>
                )}
              </span>
            </td>
          );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: cells of a row are their place
          <td key={i}>
            <div className={classes.shortText} title={value.slice(0, 1_000)}>
              {SHA256.test(value) ? <span className="mono">{value.slice(0, DIGEST_CHARS)}</span> : shown(row, value, t)}
            </div>
          </td>
        );
      })}
    </>
  );
}

const shown = ({ section, key }: VersionRow, value: string, t: Catalogue): string =>
  section === "about" && key === "stage" ? (t.registry.stages[value] ?? value) : value;

function None() {
  const t = useText();
  return (
    <td className={classes.none}>
      <span title={t.compare.missing}>–</span>
    </td>
  );
}
