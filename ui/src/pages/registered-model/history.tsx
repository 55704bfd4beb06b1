/** Who moved which alias or version when, why, and with which verdicts; the last move of an alias can be taken back. */

import { Button, Text } from "@mantine/core";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import type { Move } from "../../api/types";
import { AGO_STEP_MS, Ago } from "../../components/ago";
import classes from "../../components/details/details.module.css";
import { LongText } from "../../components/details/long-text";
import { Edges } from "../../components/edges";
import { More } from "../../components/more";
import { Change } from "../../components/registry/change";
import { Verdicts } from "../../components/registry/verdicts";
import { EmptyState, ErrorState, RowsSkeleton } from "../../components/states";
import { useVirtualRows } from "../../components/virtual-rows";
import { useText } from "../../i18n";
import { lastOfAliases } from "../../lib/registry/moves";
import { useNow } from "../../state/clock";
import { useMoves } from "../../state/registered-models";
import own from "./registered-model.module.css";

const RollBackDialog = lazy(async () => ({
  default: (await import("../../components/registry/roll-back-dialog")).RollBackDialog,
}));

const ROW_PX = 40;

export function History({ name }: { name: string }) {
  const t = useText();
  const now = useNow(AGO_STEP_MS);
  const list = useMoves(name);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualRows(list.items.length, scroller, ROW_PX);
  const last = useMemo(() => lastOfAliases(list.items), [list.items]);
  const [back, setBack] = useState<string | null>(null);
  if (list.error && list.items.length === 0) return <ErrorState error={list.error} retry={list.refetch} />;
  if (list.loading) return <RowsSkeleton rows={8} />;
  if (list.items.length === 0)
    return (
      <EmptyState title={t.registry.noMoves}>
        <Text size="sm">{t.registry.noMovesText}</Text>
      </EmptyState>
    );
  return (
    <div className={own.history}>
      <Edges axis="x">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
        <div ref={scroller} className={classes.scroller} tabIndex={0} aria-busy={list.stale}>
          <table className={classes.table}>
            <caption className="unseen">{t.registry.modelTabs.history}</caption>
            <thead>
              <tr>
                <th scope="col">{t.registry.when}</th>
                <th scope="col">{t.registry.what}</th>
                <th scope="col">{t.run.status}</th>
                <th scope="col">{t.registry.by}</th>
                <th scope="col">{t.registry.why}</th>
                <th scope="col">
                  <span className="unseen">{t.experiments.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.before > 0 && <tr aria-hidden style={{ height: rows.before }} />}
              {rows.indices.map((index) => {
                const move = list.items[index];
                return (
                  move && (
                    <tr key={move.number} data-index={index} ref={rows.measure}>
                      <Cells move={move} now={now} {...(last.get(move.target) === move && { onBack: setBack })} />
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
      <Suspense>{back !== null && <RollBackDialog name={name} alias={back} onClose={() => setBack(null)} />}</Suspense>
    </div>
  );
}

function Cells({ move, now, onBack }: { move: Move; now: number; onBack?: (alias: string) => void }) {
  const t = useText();
  const { target, status } = move;
  return (
    <>
      <td className={own.when}>
        <Ago time={move.timestamp} now={now} />
      </td>
      <td>
        <Change {...move} />
      </td>
      <td>{t.registry.moveStatus[status] ?? status}</td>
      <td>
        {move.user_id || t.registry.nobody}
        {move.decided_by && (
          <Text size="xs" c="dimmed">
            {t.registry.decidedBy(move.decided_by)}
          </Text>
        )}
      </td>
      <td>
        {move.comment && <LongText text={move.comment} />}
        <Verdicts verdicts={move.verdicts} />
      </td>
      <td>
        {onBack && (
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={t.registry.rollBackTitle(target)}
            onClick={() => onBack(target)}
          >
            {t.registry.rollBack}
          </Button>
        )}
      </td>
    </>
  );
}
