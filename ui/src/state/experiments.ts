/** What the experiments page shows, as its URL says it. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Changer, changer, oneOf, reading, text } from "./search";

export interface ExperimentsSearch {
  text?: string;
  stage?: "deleted";
  /** A sort of the list, such as `name` or `runs DESC`. */
  sort?: string;
}

const SORTS = ["name", "creation_time", "last_activity", "runs"].flatMap((name) => [name, `${name} DESC`]);

export const readExperimentsSearch = reading<ExperimentsSearch>({
  text,
  stage: oneOf("deleted"),
  sort: oneOf(...SORTS),
});

const route = getRouteApi("/experiments");

/** What the page shows, and how to change it. */
export function useExperimentsSearch(): [ExperimentsSearch, Changer<ExperimentsSearch>] {
  const navigate = route.useNavigate();
  return [route.useSearch(), useMemo(() => changer(navigate), [navigate])];
}
