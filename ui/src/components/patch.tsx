/** What a patch changes, file by file; those that are large are folded at first. */

import { Anchor, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useText } from "../i18n";
import { Highlighter, type Token } from "../lib/highlight";
import { languageOf } from "../lib/preview-kind";
import { type PatchFile, patchCounts, readPatch } from "../lib/reproducibility/patch";
import { diffLine } from "../lib/source";
import { Icon } from "./icons";
import { KeyText } from "./key-text";
import classes from "./patch.module.css";
import { Coloured } from "./previews/text";

/** Of one file; the rest is in the patch itself. */
const MAX_LINES = 2_000;
/** A patch with no more lines is open when it comes into sight. */
const OPEN_LINES = 300;

export function Patch({ text }: { text: string }) {
  const t = useText().reproducibility;
  const files = useMemo(() => readPatch(text), [text]);
  const small = files.reduce((sum, file) => sum + file.lines.length, 0) <= OPEN_LINES;
  const [toggled, setToggled] = useState<ReadonlyMap<number, boolean>>(new Map());
  const isOpen = (i: number) => toggled.get(i) ?? small;
  const allOpen = files.every((_, i) => isOpen(i));
  const [added, removed] = patchCounts(files);
  // Another tool's way to write differences.
  if (files.length === 0) return <Lines lines={text.split("\n")} path="" label={t.changes} />;
  return (
    <div className={classes.patch}>
      <div className={classes.head}>
        <Text size="sm" c="dimmed">
          {t.changedFiles(files.length)} <Counts added={added} removed={removed} />
        </Text>
        {files.length > 1 && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => setToggled(new Map(files.map((_, i) => [i, !allOpen])))}
          >
            {allOpen ? t.foldAll : t.unfoldAll}
          </Anchor>
        )}
      </div>
      {files.map((file, i) => (
        <File
          // biome-ignore lint/suspicious/noArrayIndexKey: files of a patch are their place
          key={i}
          file={file}
          open={isOpen(i)}
          onToggle={() => setToggled(new Map([...toggled, [i, !isOpen(i)]]))}
        />
      ))}
    </div>
  );
}

function File({ file, open, onToggle }: { file: PatchFile; open: boolean; onToggle: () => void }) {
  const t = useText().reproducibility;
  return (
    <div className={classes.file}>
      <button type="button" className={classes.fileHead} aria-expanded={open} onClick={onToggle}>
        <span className={classes.twist} data-open={open || undefined}>
          <Icon name="right" size={11} />
        </span>
        <span className="mono">
          <KeyText text={file.path} />
        </span>
        {file.kind !== "changed" && <span className={classes.kind}>{t.patchKinds[file.kind]}</span>}
        <span className={classes.grow} />
        {file.binary ? <span>{t.binary}</span> : <Counts added={file.added} removed={file.removed} />}
      </button>
      {open && file.lines.length > 0 && <Lines lines={file.lines} path={file.path} label={file.path} />}
      {open && file.lines.length === 0 && (
        <Text size="sm" c="dimmed" className={classes.note ?? ""}>
          {file.binary ? t.binaryText : t.noLines}
        </Text>
      )}
    </div>
  );
}

export function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <span className={classes.counts}>
      <span data-kind="add">+{added.toLocaleString("en")}</span>{" "}
      <span data-kind="remove">−{removed.toLocaleString("en")}</span>
    </span>
  );
}

function Lines({ lines, path, label }: { lines: readonly string[]; path: string; label: string }) {
  const t = useText().reproducibility;
  const shown = useMemo(() => coloured(lines.slice(0, MAX_LINES), path), [lines, path]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={classes.lines} tabIndex={0} aria-label={label}>
      <pre>
        {shown.map(({ text, tokens }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text are their index
          <span key={i} data-kind={path ? kindOf(text) : diffLine(text)}>
            {tokens ? (
              <>
                {text.slice(0, 1)}
                <Coloured tokens={tokens} />
              </>
            ) : (
              text
            )}
            {"\n"}
          </span>
        ))}
      </pre>
      {lines.length > shown.length && (
        <Text size="sm" c="dimmed" className={classes.note ?? ""}>
          {t.linesCut(shown.length, lines.length)}
        </Text>
      )}
    </section>
  );
}

const KINDS: Record<string, string> = { "+": "add", "-": "remove", "@": "hunk", "\\": "hunk" };
const kindOf = (line: string): string => KINDS[line.slice(0, 1)] ?? "same";

/** `@@`, and `\\ No newline at end of file`. */
const NO_CODE = /^[@\\]/;

interface ColouredLine {
  text: string;
  tokens: readonly Token[] | null;
}

/** Lines with their colours: what is open at the end of one part of a file says nothing of the next one. */
function coloured(lines: readonly string[], path: string): ColouredLine[] {
  const language = path ? languageOf(path) : null;
  if (!language) return lines.map((text) => ({ text, tokens: null }));
  const found: ColouredLine[] = [];
  for (let start = 0; start < lines.length; ) {
    let end = start + 1;
    while (end < lines.length && !lines[end]?.startsWith("@@")) end++;
    const part = lines.slice(start, end);
    // What was and what is are two texts: a string that one of them leaves open is not open in the other.
    const side = (other: string) => part.filter((line) => !line.startsWith(other) && !NO_CODE.test(line));
    const [before, after] = ["+", "-"].map(
      (other) =>
        new Highlighter(
          side(other).map((line) => line.slice(1)),
          language,
        ),
    );
    let [old, fresh] = [0, 0];
    for (const text of part) {
      if (NO_CODE.test(text)) found.push({ text, tokens: null });
      else if (text.startsWith("-")) found.push({ text, tokens: before?.line(old++) ?? null });
      else {
        found.push({ text, tokens: after?.line(fresh++) ?? null });
        if (!text.startsWith("+")) old++;
      }
    }
    start = end;
  }
  return found;
}
