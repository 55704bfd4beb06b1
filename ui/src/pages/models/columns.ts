/** Columns of the table of models as people read them. */

import type { Catalogue } from "../../i18n/en";
import { parseColumn } from "../../lib/models/columns";

export function columnName(id: string, t: Catalogue): string {
  const column = parseColumn(id);
  if (!column) return id;
  if (column.kind === "attributes") return t.models.attributes[column.key];
  if (column.kind === "metrics" && column.dataset) return t.models.metricOn(column.key, datasetName(column.dataset));
  return column.key;
}

const DIGEST_CHARS = 8;

export const datasetName = ({ name, digest }: { name: string; digest: string }): string =>
  digest ? `${name} (${digest.slice(0, DIGEST_CHARS)})` : name;
