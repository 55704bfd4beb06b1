/** JSON files and JSON lines: as a table where they are one, as a tree, as text. */

import { type ReactNode, useMemo } from "react";
import { useText } from "../../i18n";
import { type Table, tableOfJson, tableOfLines, tableOfRecords } from "../../lib/artifacts/table";
import { textLines } from "../../lib/encoding";
import { type Json, parseJson } from "../../lib/json-tree";
import { suffixOf } from "../../lib/preview-kind";
import { useLook } from "./beside";
import { JsonTree } from "./json";
import { type FileProps, Looks } from "./parts";
import { TableView } from "./table";
import { TextView } from "./text";

type Look = "table" | "tree" | "source";

interface Read {
  value: Json | undefined;
  table: Table | null;
}

function read(text: string, path: string, whole: boolean): Read {
  if (/^(jsonl|ndjson)$/.test(suffixOf(path))) return { value: undefined, table: tableOfLines(text, whole) };
  if (!whole) return { value: undefined, table: null };
  try {
    const value = parseJson(text);
    return { value, table: tableOfJson(value) ?? tableOfRecords(value) };
  } catch {
    return { value: undefined, table: null };
  }
}

export function JsonView({ file, text, whole }: { file: FileProps; text: string; whole: boolean }) {
  const t = useText();
  const name = file.label;
  const { value, table } = useMemo(() => read(text, file.path, whole), [text, file.path, whole]);
  const offered: { value: Look; label: string }[] = [
    ...(table ? [{ value: "table" as const, label: t.artifacts.table }] : []),
    ...(value !== undefined ? [{ value: "tree" as const, label: t.artifacts.treeView }] : []),
    { value: "source" as const, label: t.artifacts.source },
  ];
  const first = offered[0]?.value ?? "source";
  const [chosen, setChosen] = useLook<Look>(first);
  const look = offered.some((one) => one.value === chosen) ? chosen : first;
  const lines = useMemo(() => (look === "source" ? textLines(text) : []), [text, look]);
  const looks: ReactNode = offered.length > 1 && <Looks value={look} onChange={setChosen} looks={offered} />;
  if (look === "table" && table) return <TableView table={table} file={file} looks={looks} />;
  if (look === "tree" && value !== undefined)
    return (
      <JsonTree value={value} label={name}>
        {looks}
      </JsonTree>
    );
  return (
    <TextView lines={lines} language="json" label={name}>
      {looks}
    </TextView>
  );
}
