/** Where a version comes from and what came of it, as a picture from left to right. */

import { Alert, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import type { Lineage, LineageNode } from "../../api/types";
import { Edges } from "../../components/edges";
import { ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import type { Catalogue } from "../../i18n/en";
import { quoted } from "../../lib/filter";
import { datasetFilter, layout, type Placed } from "../../lib/registry/lineage";
import { NO_STAGE } from "../../lib/registry/stages";
import { useVersionLineage } from "../../state/registered-model";
import own from "./model-version.module.css";

const WIDTH = 200;
const HEIGHT = 48;
const GAP_X = 56;
const GAP_Y = 14;
const DIGEST_CHARS = 10;

export function LineageTab({ name, version }: { name: string; version: string }) {
  const t = useText();
  const { data, error, refetch } = useVersionLineage(name, version);
  if (!data) return error ? <ErrorState error={error} retry={() => void refetch()} /> : <RowsSkeleton rows={6} />;
  return (
    <div className={own.lineage}>
      <Text size="sm" c="dimmed" mb="sm">
        {t.registry.lineageText}
      </Text>
      {!data.complete && (
        <Alert color="yellow" mb="sm">
          {t.registry.lineageCut(data.nodes.length)}
        </Alert>
      )}
      <Picture lineage={data} />
    </div>
  );
}

const left = ({ column }: Placed) => column * (WIDTH + GAP_X);
const top = ({ row }: Placed) => row * (HEIGHT + GAP_Y);

function Picture({ lineage }: { lineage: Lineage }) {
  const t = useText();
  const { placed, columns, rows } = useMemo(() => layout(lineage), [lineage]);
  const at = new Map(placed.map((one) => [one.index, one]));
  const width = columns * (WIDTH + GAP_X) - GAP_X;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    <Edges axis="x">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={own.room} tabIndex={0} aria-label={t.registry.versionTabs.lineage}>
        <div className={own.picture} style={{ width, height }}>
          <svg width={width} height={height} aria-hidden="true">
            {lineage.edges.map(({ source, target }) => {
              const [from, to] = [at.get(source), at.get(target)];
              return from && to && <path key={`${source} ${target}`} d={curve(from, to)} />;
            })}
          </svg>
          <ul className={own.nodes}>
            {placed.map((one) => (
              <li
                key={one.index}
                className={own.node}
                data-kind={one.node.kind}
                data-start={one.index === 0 || undefined}
                style={{ left: left(one), top: top(one), width: WIDTH, height: HEIGHT }}
              >
                <span className={own.kind}>{kindText(one.node, t)}</span>
                <NodeLink node={one.node} start={one.index === 0} />
                <span className="unseen">{sourcesText(lineage, one.index, t)}</span>
              </li>
            ))}
          </ul>
        </div>
      </section>
    </Edges>
  );
}

function curve(from: Placed, to: Placed): string {
  const [x, y] = [left(from) + WIDTH, top(from) + HEIGHT / 2];
  const [endX, endY] = [left(to), top(to) + HEIGHT / 2];
  const middle = (x + endX) / 2;
  return `M${x} ${y}C${middle} ${y} ${middle} ${endY} ${endX} ${endY}`;
}

function kindText({ kind, key, details }: LineageNode, t: Catalogue): string {
  const more = {
    dataset: [details.context, key[2]?.slice(0, DIGEST_CHARS)],
    model_version: [details.stage === NO_STAGE ? "" : (t.registry.stages[details.stage ?? ""] ?? details.stage)],
  };
  const said = more[kind as keyof typeof more] ?? [];
  return [t.registry.nodeKinds[kind] ?? kind, ...said.filter(Boolean)].join(" · ");
}

/** What the lines of the picture say, for those who hear it. */
function sourcesText({ nodes, edges }: Lineage, index: number, t: Catalogue): string {
  const labels = edges.flatMap(({ source, target }) => (target === index ? (nodes[source]?.label ?? []) : []));
  return labels.length > 0 ? t.registry.madeOf(labels.join(", ")) : "";
}

function NodeLink({ node: { kind, key, label, details }, start }: { node: LineageNode; start: boolean }): ReactNode {
  const [first = "", second = ""] = key;
  const shown = { className: "truncate", title: label || first, children: label || first };
  if (start) return <b {...shown} aria-current="page" />;
  const ids = details.experiment_id ?? "";
  switch (kind) {
    case "dataset":
      return (
        <Link {...shown} to="/experiments/$ids" params={{ ids: first }} search={{ q: datasetFilter(key, quoted) }} />
      );
    case "run":
      return <Link {...shown} to="/runs/$runId" params={{ runId: first }} search={{}} />;
    case "logged_model":
      return <Link {...shown} to="/experiments/$ids/models/$modelId" params={{ ids, modelId: first }} search={{}} />;
    case "model_version":
      return (
        <Link
          {...shown}
          to="/models/$name/versions/$version"
          params={{ name: first, version: second }}
          search={{ tab: "lineage" }}
        />
      );
    case "alias":
      return <Link {...shown} to="/models/$name" params={{ name: first }} search={{}} />;
    default:
      return <span {...shown} />;
  }
}
