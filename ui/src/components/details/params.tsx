/** The parameters of a run. */

import type { RunDetails } from "../../api/types";
import { useText } from "../../i18n";
import { CopyButton } from "../copy-button";
import { KeyText } from "../key-text";
import classes from "./details.module.css";
import { KeyTable } from "./key-table";
import { LongText } from "./long-text";

type Param = RunDetails["params"][number];

const paramValue = (param: Param) => param.value;

export function Params({ params }: { params: readonly Param[] }) {
  const t = useText();
  return (
    <KeyTable
      title={t.run.params}
      items={params}
      searchLabel={t.run.searchParams}
      empty={t.run.noParams}
      text={paramValue}
      columns={2}
      className={classes.params ?? ""}
      actions={
        <CopyButton
          label={t.run.copyAll}
          text={JSON.stringify(Object.fromEntries(params.map(({ key, value }) => [key, value])), null, 2)}
        />
      }
      head={
        <tr>
          <th scope="col">{t.common.key}</th>
          <th scope="col">{t.common.value}</th>
        </tr>
      }
      row={({ key, value }) => (
        <>
          <th scope="row">
            <KeyText text={key} />
          </th>
          <td>
            <span className={classes.copyable}>
              <LongText text={value} />
              <span className={classes.reveal}>
                <CopyButton text={value} label={t.run.copyParam(key)} size="xs" />
              </span>
            </span>
          </td>
        </>
      )}
    />
  );
}
