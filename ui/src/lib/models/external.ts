/** Logged models whose files are elsewhere, and not known to the server. */

import type { Tag } from "../../api/types";
import { tagValue } from "../tags";

export const isExternal = (tags: readonly Tag[]): boolean =>
  tagValue(tags, "mlflow.model.isExternal").toLowerCase() === "true";
