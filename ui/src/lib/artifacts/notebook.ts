/** Jupyter notebooks as cells that are shown and never run. */

import { textLines } from "../encoding";
import { type Json, parseJson } from "../json-tree";

export type NotebookOutput =
  | { kind: "text" | "error"; text: string }
  /** `src` is a data URL of an image. */
  | { kind: "image"; src: string; text: string }
  /** HTML without a text for those who show none. */
  | { kind: "hidden"; text: string };

export interface NotebookCell {
  kind: "code" | "markdown" | "raw";
  source: string;
  count: number | null;
  outputs: NotebookOutput[];
}

export interface Notebook {
  language: string;
  cells: NotebookCell[];
}

type Fields = { [key: string]: Json };

const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];
const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

const fields = (value: Json | undefined): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
/** Texts are written whole or as lists of lines. */
const joined = (value: Json | undefined): string =>
  typeof value === "string"
    ? value
    : list(value)
        .filter((one) => typeof one === "string")
        .join("");

/** Reads a notebook; null when the text is none. */
export function readNotebook(text: string): Notebook | null {
  let whole: Fields;
  try {
    whole = fields(parseJson(text));
  } catch {
    return null;
  }
  // Version 3 kept its cells in worksheets.
  const cells = Array.isArray(whole.cells) ? whole.cells : list(fields(list(whole.worksheets)[0]).cells);
  if (cells.length === 0 && !Array.isArray(whole.cells)) return null;
  const metadata = fields(whole.metadata);
  const language = fields(metadata.language_info).name ?? fields(metadata.kernelspec).language;
  return { language: typeof language === "string" ? language : "python", cells: cells.map(fields).map(toCell) };
}

function toCell(cell: Fields): NotebookCell {
  const kind = cell.cell_type === "markdown" || cell.cell_type === "raw" ? cell.cell_type : "code";
  const count = cell.execution_count ?? cell.prompt_number;
  return {
    kind,
    source: joined(cell.source ?? cell.input),
    count: typeof count === "number" ? count : null,
    outputs: list(cell.outputs)
      .map(fields)
      .map(toOutput)
      .filter((output) => output.kind === "image" || output.text !== ""),
  };
}

function toOutput(output: Fields): NotebookOutput {
  if (output.output_type === "stream") return { kind: "text", text: plain(joined(output.text)) };
  if (output.output_type === "error" || output.output_type === "pyerr") {
    const trace = list(output.traceback)
      .map((line) => joined(line))
      .join("\n");
    return { kind: "error", text: plain(trace || `${joined(output.ename)}: ${joined(output.evalue)}`) };
  }
  const data = fields(output.data);
  const text = joined(data["text/plain"]);
  for (const type of IMAGES) {
    const content = joined(data[type]);
    const src = content && imageUrl(type, content);
    if (src) return { kind: "image", src, text };
  }
  if (text) return { kind: "text", text: plain(text) };
  return { kind: "hidden", text: Object.keys(data).sort().join(", ") };
}

function imageUrl(type: string, content: string): string | null {
  if (type === "image/svg+xml") return `data:${type};charset=utf-8,${encodeURIComponent(content)}`;
  return BASE64.test(content) ? `data:${type};base64,${content.replace(/\s/g, "")}` : null;
}

const plain = (text: string): string => textLines(text).join("\n");
