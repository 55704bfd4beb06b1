/** A file of a run or a logged model as people see it. */

import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import type { Owner } from "../api/artifacts";
import { useText } from "../i18n";
import { type DecodedText, decodeText, textLines } from "../lib/encoding";
import { baseName, languageOf, type PreviewKind, previewKind, suffixOf } from "../lib/preview-kind";
import { useLook } from "./previews/beside";
import { MAX_BYTES, MEGABYTE, useFile } from "./previews/file";
import { HexView } from "./previews/hex";
import { ImageView } from "./previews/image";
import { MediaView } from "./previews/media";
import { CutNotice, type FileProps, Info, Instead, Loaded, Looks, Waiting } from "./previews/parts";
import classes from "./previews/previews.module.css";
import { TextView } from "./previews/text";

const PdfView = lazy(() => import("./previews/pdf").then((m) => ({ default: m.PdfView })));
const HtmlView = lazy(() => import("./previews/html").then((m) => ({ default: m.HtmlView })));
const MarkdownView = lazy(() => import("./previews/markdown-file").then((m) => ({ default: m.MarkdownView })));
const MlmodelView = lazy(() => import("./previews/mlmodel").then((m) => ({ default: m.MlmodelView })));
const NotebookView = lazy(() => import("./previews/notebook").then((m) => ({ default: m.NotebookView })));
const JsonView = lazy(() => import("./previews/json-file").then((m) => ({ default: m.JsonView })));
const CsvView = lazy(() => import("./previews/table").then((m) => ({ default: m.CsvView })));
const NpyView = lazy(() => import("./previews/arrays").then((m) => ({ default: m.NpyView })));
const ZipView = lazy(() => import("./previews/arrays").then((m) => ({ default: m.ZipView })));
const SafetensorsView = lazy(() => import("./previews/arrays").then((m) => ({ default: m.SafetensorsView })));

export interface PreviewProps {
  owner: Owner;
  path: string;
  /** Bytes, where it is known. */
  size?: number;
  /** What it is called for those who hear it; its name when there are no others beside it. */
  label?: string;
}

/** How much of a file is fetched before anybody asks for more. */
const FIRST_BYTES: Partial<Record<PreviewKind, number>> = {
  json: 20 * MEGABYTE,
  notebook: 20 * MEGABYTE,
  table: 10 * MEGABYTE,
  unknown: 64_000,
  parquet: 512,
};
const TEXT_BYTES = 5 * MEGABYTE;

/** Fills the room that a flex column gives it, and scrolls within. Nothing of a file is ever run. */
export function Preview({ owner, path, size, label = baseName(path) }: PreviewProps) {
  const file = useMemo(() => ({ owner, path, label, ...(size !== undefined && { size }) }), [owner, path, label, size]);
  return (
    // What was chosen for one file is not for the next.
    <div className={classes.preview} key={`${owner}/${path}`}>
      <Suspense fallback={<Waiting />}>
        <Kind file={file} />
      </Suspense>
    </div>
  );
}

function Kind({ file }: { file: FileProps }) {
  const kind = previewKind(file.path);
  switch (kind) {
    case "image":
      return suffixOf(file.path) === "svg" ? <Drawing file={file} /> : <ImageView file={file} />;
    case "audio":
    case "video":
      return <MediaView file={file} kind={kind} />;
    case "pdf":
      return <PdfView file={file} />;
    case "npy":
      return <NpyView file={file} />;
    case "zip":
      return <ZipView file={file} />;
    case "safetensors":
      return <SafetensorsView file={file} />;
    default:
      return <Bytes file={file} kind={kind} />;
  }
}

/** SVG is an image and a text; as an image it runs nothing. */
function Drawing({ file }: { file: FileProps }) {
  const t = useText();
  const [look, setLook] = useLook<"image" | "source">("image");
  const looks = (
    <Looks
      value={look}
      onChange={setLook}
      looks={[
        { value: "image", label: t.artifacts.image },
        { value: "source", label: t.artifacts.source },
      ]}
    />
  );
  if (look === "image") return <ImageView file={file}>{looks}</ImageView>;
  return <Bytes file={file} kind="text" looks={looks} />;
}

function Bytes({ file, kind, looks }: { file: FileProps; kind: PreviewKind; looks?: ReactNode }) {
  const [limit, setLimit] = useState(FIRST_BYTES[kind] ?? TEXT_BYTES);
  const query = useFile(file.owner, file.path, file.size, limit);
  const part = query.data;
  const decoded = useMemo(
    () => (part && kind !== "parquet" ? decodeText(part.bytes, part.whole, kind !== "unknown") : null),
    [part, kind],
  );
  return (
    <Loaded query={query}>
      {(part) => (
        <>
          {decoded && (
            <CutNotice
              file={file}
              part={part}
              busy={query.isFetching}
              onMore={limit < MAX_BYTES ? () => setLimit(kind === "unknown" ? TEXT_BYTES : MAX_BYTES) : null}
            />
          )}
          <Content file={file} kind={kind} decoded={decoded} bytes={part.bytes} whole={part.whole} looks={looks} />
        </>
      )}
    </Loaded>
  );
}

interface ContentProps {
  file: FileProps;
  kind: PreviewKind;
  decoded: DecodedText | null;
  bytes: Uint8Array;
  whole: boolean;
  looks?: ReactNode;
}

function Content({ file, kind, decoded, bytes, whole, looks }: ContentProps) {
  const t = useText();
  if (bytes.length === 0) return <Instead file={file}>{t.artifacts.emptyFile}</Instead>;
  if (!decoded) return <HexView file={file} bytes={bytes} />;
  const { text } = decoded;
  switch (kind) {
    case "html":
      return <HtmlView file={file} text={text} />;
    case "markdown":
      return <MarkdownView file={file} text={text} />;
    case "mlmodel":
      return <MlmodelView file={file} text={text} />;
    case "notebook":
      return <NotebookView file={file} text={text} whole={whole} />;
    case "table":
      return <CsvView file={file} decoded={decoded} whole={whole} />;
    case "json":
      return <JsonView file={file} text={text} whole={whole} />;
    default:
      if (/^(jsonl|ndjson)$/.test(suffixOf(file.path))) return <JsonView file={file} text={text} whole={whole} />;
      return <PlainText file={file} decoded={decoded} looks={looks} />;
  }
}

function PlainText({ file, decoded, looks }: { file: FileProps; decoded: DecodedText; looks?: ReactNode }) {
  const t = useText();
  const lines = useMemo(() => textLines(decoded.text), [decoded.text]);
  return (
    <TextView lines={lines} language={languageOf(file.path)} label={file.label}>
      {looks}
      {decoded.encoding !== "utf-8" && <Info>{t.artifacts.encoding(decoded.encoding)}</Info>}
    </TextView>
  );
}
