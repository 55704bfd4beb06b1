/** Two texts side by side, with what differs between them. */

import { Switch } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, useMemo, useRef } from "react";
import type { FilePart } from "../../api/artifacts";
import { type FileQuery, MEGABYTE, useFile } from "../../components/previews/file";
import { type FileProps, Instead } from "../../components/previews/parts";
import { ErrorState, RowsSkeleton } from "../../components/states";
import { useText } from "../../i18n";
import { type DiffRow, diffRows, diffWords, withoutEqual } from "../../lib/compare/diff";
import { decodeText, textLines } from "../../lib/encoding";
import { parseJson } from "../../lib/json-tree";
import { previewKind } from "../../lib/preview-kind";
import classes from "./compare.module.css";

const LIMIT = 2 * MEGABYTE;
const CONTEXT = 3;
const LINE_HEIGHT = 20;
/** In longer lines words are not compared. */
const MAX_LINE = 2_000;

export interface TextDiffProps {
  /** The file of the one run and of the other. */
  files: readonly [FileProps, FileProps];
  /** Shows equal lines, too. */
  whole: boolean;
  onWhole: (whole: boolean) => void;
}

export function TextDiff({ files, whole, onWhole }: TextDiffProps) {
  const [one, other] = files;
  const left = useFile(one.owner, one.path, one.size, LIMIT);
  const right = useFile(other.owner, other.path, other.size, LIMIT);
  const failed = [left, right].find((query) => query.error);
  if (failed) return <ErrorState error={failed.error} retry={failed.refetch} />;
  if (!left.data || !right.data) return <RowsSkeleton rows={8} />;
  return <Shown files={files} left={left} right={right} whole={whole} onWhole={onWhole} />;
}

/** The lines of a file; JSON is laid out anew, so that its lines are its values. Null when it is no text. */
function linesOf(part: FilePart | undefined, path: string): string[] | null {
  if (!part) return null;
  const decoded = decodeText(part.bytes, part.whole, true);
  if (!decoded) return null;
  if (previewKind(path) === "json" && part.whole) {
    try {
      const value = parseJson(decoded.text);
      return textLines(JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one), 2));
    } catch {
      // As it is.
    }
  }
  return textLines(decoded.text);
}

interface ShownProps extends TextDiffProps {
  left: FileQuery;
  right: FileQuery;
}

function Shown({ files, left, right, whole, onWhole }: ShownProps) {
  const t = useText();
  const { data: one } = left;
  const { data: other } = right;
  const [{ path: leftPath }, { path: rightPath }] = files;
  const rows = useMemo(() => {
    const before = linesOf(one, leftPath);
    const after = linesOf(other, rightPath);
    return before && after ? diffRows(before, after) : null;
  }, [one, other, leftPath, rightPath]);
  if (!rows) return <Instead file={files[0]}>{t.artifacts.notShown}</Instead>;
  const removed = rows.filter((row) => !row.same && row.left).length;
  const added = rows.filter((row) => !row.same && row.right).length;
  const cut = !(one?.whole && other?.whole);
  return (
    <>
      <div className={classes.pathBar}>
        <span>{removed + added === 0 ? t.compare.equal : t.compare.diffCounts(removed, added)}</span>
        {cut && <span>{t.compare.diffCut}</span>}
        <span className={classes.grow} />
        <Switch
          size="xs"
          label={t.compare.wholeText}
          checked={whole}
          onChange={(event) => onWhole(event.currentTarget.checked)}
        />
      </div>
      <Rows rows={rows} whole={whole} onWhole={() => onWhole(true)} />
    </>
  );
}

function Rows({ rows, whole, onWhole }: { rows: readonly DiffRow[]; whole: boolean; onWhole: () => void }) {
  const t = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(() => (whole ? [...rows] : withoutEqual(rows, CONTEXT)), [rows, whole]);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section ref={scroller} className={classes.diff} tabIndex={0} aria-label={t.compare.diff}>
      <div className={classes.diffRows} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((place) => {
          const item = items[place.index];
          if (!item) return null;
          const given = {
            ref: virtualizer.measureElement,
            "data-index": place.index,
            style: { transform: `translateY(${place.start}px)` },
          };
          if ("gap" in item)
            return (
              <button key={place.key} type="button" className={classes.gap} onClick={onWhole} {...given}>
                {t.compare.equalLines(item.gap)}
              </button>
            );
          return (
            <div key={place.key} className={classes.diffRow} {...given}>
              <Side row={item} side="left" />
              <Side row={item} side="right" />
            </div>
          );
        })}
      </div>
    </section>
  );
}

function Side({ row, side }: { row: DiffRow; side: "left" | "right" }) {
  const own = row[side];
  const kind = row.same ? "same" : own === null ? "gone" : side === "left" ? "removed" : "added";
  return (
    <div className={classes.diffSide} data-kind={kind}>
      <span className={classes.lineNumber} data-number={own?.number ?? ""} aria-hidden="true" />
      <span className={classes.lineText}>{own && <LineText row={row} side={side} />}</span>
    </div>
  );
}

function LineText({ row, side }: { row: DiffRow; side: "left" | "right" }) {
  const text = row[side]?.text ?? "";
  const { left, right } = row;
  if (row.same || !left || !right || left.text.length + right.text.length > MAX_LINE) return text;
  const own = side === "left" ? "removed" : "added";
  return diffWords(left.text, right.text)
    .filter((edit) => edit.kind === "same" || edit.kind === own)
    .map((edit, i) => {
      const part = edit.items.join("");
      return edit.kind === "same" ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a line are their place
        <Fragment key={i}>{part}</Fragment>
      ) : (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a line are their place
        <mark key={i} className={classes[own]}>
          {part}
        </mark>
      );
    });
}
