/** What a model takes and gives, each part as a table. */

import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useText } from "../../i18n";
import type { Column, Part, Signature } from "../../lib/models/signature";
import classes from "../details/details.module.css";
import { KeyTable } from "../details/key-table";
import { KeyText } from "../key-text";

export function SignatureTables({ signature }: { signature: Signature }) {
  return (Object.entries(signature) as [Part, Column[]][]).map(([part, columns]) => (
    <Columns key={part} part={part} columns={columns} />
  ));
}

interface Row extends Column {
  /** Its name. */
  key: string;
  place: number;
}

const placeOf = (row: Row) => String(row.place);
const typeOf = (row: Row) => row.type;

function Columns({ part, columns }: { part: Part; columns: readonly Column[] }) {
  const t = useText();
  const rows = useMemo(() => columns.map((column, place): Row => ({ ...column, key: column.name, place })), [columns]);
  const named = columns.some((column) => column.name !== "");
  const withFallback = columns.some((column) => column.fallback !== undefined);
  return (
    <KeyTable
      title={t.models.parts[part]}
      items={rows}
      id={placeOf}
      searchLabel={t.models.searchColumns}
      empty=""
      text={typeOf}
      columns={1 + Number(named) + Number(withFallback)}
      className={classes.params ?? ""}
      head={
        <tr>
          {named && <th scope="col">{t.common.name}</th>}
          <th scope="col">{t.artifacts.type}</th>
          {withFallback && <th scope="col">{t.artifacts.fallback}</th>}
        </tr>
      }
      row={({ name, type, required, fallback }) => (
        <>
          {named && <th scope="row">{name ? <KeyText text={name} /> : "–"}</th>}
          <td>
            {type}
            {!required && (
              <Text span size="xs" c="dimmed" ff="text">
                {" "}
                {t.artifacts.optional}
              </Text>
            )}
          </td>
          {withFallback && <td>{fallback}</td>}
        </>
      )}
    />
  );
}
