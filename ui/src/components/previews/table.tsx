/** CSV and TSV as tables. */

import { useMemo } from "react";
import { useText } from "../../i18n";
import { guessSeparator, readCsv } from "../../lib/artifacts/read-csv";
import type { Table } from "../../lib/artifacts/table";
import { type DecodedText, textLines } from "../../lib/encoding";
import { suffixOf } from "../../lib/preview-kind";
import { Tools, useLook } from "./beside";
import { DataTable } from "./data-table";
import { Bar, type FileProps, Grow, Info, Instead, Looks, Notice } from "./parts";
import { TextView } from "./text";

const MAX_ROWS = 500_000;

export function CsvView({ file, decoded, whole }: { file: FileProps; decoded: DecodedText; whole: boolean }) {
  const t = useText();
  const [look, setLook] = useLook<"table" | "source">("table");
  const { text } = decoded;
  const csv = useMemo(() => {
    const separator = suffixOf(file.path) === "tsv" ? "\t" : guessSeparator(text);
    return readCsv(text, separator, whole, MAX_ROWS);
  }, [text, whole, file.path]);
  const lines = useMemo(() => (look === "source" ? textLines(text) : []), [text, look]);
  const looks = (
    <Looks
      value={look}
      onChange={setLook}
      looks={[
        { value: "table", label: t.artifacts.table },
        { value: "source", label: t.artifacts.source },
      ]}
    />
  );
  if (look === "source")
    return (
      <TextView lines={lines} language={null} label={file.label}>
        {looks}
      </TextView>
    );
  if (csv.columns.length === 0) return <Instead file={file}>{t.artifacts.emptyFile}</Instead>;
  return (
    <TableView
      table={csv}
      file={file}
      looks={looks}
      notice={csv.cut && csv.rows.length >= MAX_ROWS ? t.artifacts.cutRows(MAX_ROWS) : null}
    />
  );
}

/** A table with its size above it. */
export function TableView({
  table,
  file,
  looks,
  notice = null,
}: {
  table: Table;
  file: FileProps;
  looks?: React.ReactNode;
  notice?: string | null;
}) {
  const t = useText();
  return (
    <>
      <Bar>
        {looks}
        <Info>
          {t.artifacts.rows(table.rows.length)} · {t.artifacts.columns(table.columns.length)}
        </Info>
        <Grow />
        <Tools>
          <Info>{t.artifacts.cellHint}</Info>
        </Tools>
      </Bar>
      {notice && <Notice>{notice}</Notice>}
      <DataTable table={table} owner={file.owner} label={file.label} />
    </>
  );
}
