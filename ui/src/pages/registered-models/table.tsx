/** Registered models as a table: what each is, and which versions are used. */

import { UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import type { RegisteredModel } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import { Edges } from "../../components/edges";
import { Icon } from "../../components/icons";
import { More } from "../../components/more";
import { AliasChips } from "../../components/registry/alias-chips";
import { Stage } from "../../components/registry/stage";
import { TagChips } from "../../components/tag-list";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import { latestVersion, stagedVersions } from "../../lib/registry/versions";
import { firstLine, userTags } from "../../lib/tags";
import { useNow } from "../../state/clock";
import type { PagedList } from "../../state/paged-list";
import { DEFAULT_SORT } from "../../state/registered-models";
import { type RegistrySort, useRegisteredModelsSearch } from "../../state/registry";
import classes from "../models/models.module.css";
import own from "./registered-models.module.css";

const ROW_PX = 52;
// Rows have many cells.
const FEW_ROWS = 60;
const MOST_CHIPS = 3;

export function RegisteredModelTable({ list }: { list: PagedList<RegisteredModel> }) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(list.items.length, scroller, ROW_PX, FEW_ROWS);
  return (
    <Edges axis="x" className={classes.table}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <div ref={scroller} className={classes.scroller} tabIndex={0} aria-busy={list.stale}>
        <table>
          <caption className="unseen">{t.registry.title}</caption>
          <thead>
            <tr>
              <Head column="name" className={classes.name} />
              <th scope="col">{t.registry.latest}</th>
              <th scope="col">{t.registry.aliases}</th>
              <th scope="col">{t.registry.inStages}</th>
              <th scope="col">{t.run.tags.title}</th>
              <Head column="last_updated_timestamp" />
              <Head column="creation_timestamp" />
              <th scope="col">{t.models.user}</th>
            </tr>
          </thead>
          <tbody>
            {rows.before > 0 && <tr aria-hidden style={{ height: rows.before }} />}
            {rows.indices.map((index) => {
              const model = list.items[index];
              return (
                model && (
                  <tr key={model.name} data-index={index} ref={rows.measure}>
                    <Cells model={model} now={now} />
                  </tr>
                )
              );
            })}
            {rows.after > 0 && <tr aria-hidden style={{ height: rows.after }} />}
          </tbody>
        </table>
        {list.hasMore && (
          <More loading={list.loadingMore} busy={list.busy} onMore={list.loadMore} scroller={scroller} />
        )}
      </div>
    </Edges>
  );
}

function Head({ column, className }: { column: RegistrySort; className?: string | undefined }) {
  const t = useText();
  const [search, change] = useRegisteredModelsSearch();
  const [sorted, direction] = (search.sort ?? DEFAULT_SORT).split(" ");
  const active = sorted === column;
  const descending = direction === "DESC";
  // Names begin at A, times at the latest.
  const next = `${column} ${(active ? !descending : column !== "name") ? "DESC" : "ASC"}`;
  const name = t.registry.columns[column];
  return (
    <th scope="col" className={className} aria-sort={active ? (descending ? "descending" : "ascending") : undefined}>
      <UnstyledButton
        className={classes.headText ?? ""}
        aria-label={t.models.sortBy(name)}
        onClick={() => change({ sort: next === DEFAULT_SORT ? undefined : next })}
      >
        {name}
        {active && <Icon name={descending ? "down" : "up"} size={12} />}
      </UnstyledButton>
    </th>
  );
}

function Cells({ model, now }: { model: RegisteredModel; now: number }) {
  const t = useText();
  const { name } = model;
  const latest = latestVersion(model);
  const staged = stagedVersions(model);
  const note = firstLine(model.description);
  return (
    <>
      <th scope="row" className={classes.name}>
        <Link to="/models/$name" params={{ name }} search={{}} className={own.link} title={name}>
          {name}
        </Link>
        {note && (
          <div className={own.note} title={note}>
            {note}
          </div>
        )}
      </th>
      <td>
        {latest && (
          <Link to="/models/$name/versions/$version" params={{ name, version: latest }} search={{}}>
            {t.registry.version(latest)}
          </Link>
        )}
      </td>
      <td className={own.chips}>
        <AliasChips aliases={model.aliases} name={name} most={MOST_CHIPS} />
      </td>
      <td>
        <span className={own.stages}>
          {staged.map(({ stage, version }) => (
            <Link
              key={stage}
              to="/models/$name/versions/$version"
              params={{ name, version }}
              search={{}}
              className={own.stageLink}
            >
              <Stage stage={stage} /> {version}
            </Link>
          ))}
        </span>
      </td>
      <td className={own.chips}>
        <TagChips tags={userTags(model.tags)} most={MOST_CHIPS} />
      </td>
      <td>
        <Ago time={model.last_updated_timestamp} now={now} />
      </td>
      <td>
        <Ago time={model.creation_timestamp} now={now} />
      </td>
      <td>{model.user_id}</td>
    </>
  );
}
