/** What a logged model's page shows, as its URL says it. */

import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { type Changer, changer, oneOf, reading, text } from "./search";

export type ModelTab = "overview" | "artifacts";

export interface ModelSearch {
  tab?: ModelTab;
  /** The file that is open. */
  path?: string;
}

export const readModelSearch = reading<ModelSearch>({ tab: oneOf("overview", "artifacts"), path: text });

const route = getRouteApi("/experiments/$ids/models/$modelId");

/** What the page shows, and how to change it. */
export function useModelSearch(): [ModelSearch, Changer<ModelSearch>] {
  const navigate = route.useNavigate();
  return [route.useSearch(), useMemo(() => changer(navigate), [navigate])];
}

/** The id of the model that the page shows, and the experiment that its address names. */
export const useModelParams = (): { ids: string; modelId: string } => route.useParams();
