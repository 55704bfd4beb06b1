/** A notebook as it was saved: cells, and what they had put out. */

import { useMemo } from "react";
import { useText } from "../../i18n";
import { type NotebookCell, type NotebookOutput, readNotebook } from "../../lib/artifacts/notebook";
import { textLines } from "../../lib/encoding";
import { Highlighter } from "../../lib/highlight";
import { Markdown } from "../markdown";
import { JsonView } from "./json-file";
import { type FileProps, Region } from "./parts";
import classes from "./previews.module.css";
import { Coloured } from "./text";

const MAX_OUTPUT = 20_000;

export function NotebookView({ file, text, whole }: { file: FileProps; text: string; whole: boolean }) {
  const notebook = useMemo(() => readNotebook(text), [text]);
  if (!notebook) return <JsonView file={file} text={text} whole={whole} />;
  return (
    <Region label={file.label}>
      {notebook.cells.map((cell, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a saved notebook's cells are their place
        <CellView key={i} cell={cell} python={/python/i.test(notebook.language)} />
      ))}
    </Region>
  );
}

function CellView({ cell, python }: { cell: NotebookCell; python: boolean }) {
  const t = useText();
  if (cell.kind === "markdown")
    return (
      <div className={classes.cellRow}>
        <span />
        <Markdown text={cell.source} />
      </div>
    );
  return (
    <>
      <div className={classes.cellRow}>
        <span className={classes.prompt}>{cell.kind === "code" && t.artifacts.cellIn(cell.count)}</span>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
        <pre className={classes.source} tabIndex={0}>
          <Source text={cell.source} python={python && cell.kind === "code"} />
        </pre>
      </div>
      {cell.outputs.map((output, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: outputs of a saved cell are their place
        <div key={i} className={classes.cellRow}>
          <span className={classes.prompt}>{i === 0 && t.artifacts.cellOut}</span>
          <Output output={output} />
        </div>
      ))}
    </>
  );
}

function Source({ text, python }: { text: string; python: boolean }) {
  const lines = useMemo(() => textLines(text), [text]);
  const highlighter = useMemo(() => (python ? new Highlighter(lines, "python") : null), [lines, python]);
  if (!highlighter) return text;
  return lines.map((_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines are their place
    <span key={i}>
      <Coloured tokens={highlighter.line(i)} />
      {"\n"}
    </span>
  ));
}

function Output({ output }: { output: NotebookOutput }) {
  const t = useText();
  if (output.kind === "image")
    return (
      <div className={classes.output}>
        <img src={output.src} alt={output.text || t.artifacts.image} />
      </div>
    );
  if (output.kind === "hidden") return <span className={classes.info}>{t.artifacts.cellHidden(output.text)}</span>;
  const text = output.text.length > MAX_OUTPUT ? `${output.text.slice(0, MAX_OUTPUT)}…` : output.text;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <pre className={`${classes.snippet} ${output.kind === "error" ? classes.removed : ""}`} tabIndex={0}>
      {text}
    </pre>
  );
}
