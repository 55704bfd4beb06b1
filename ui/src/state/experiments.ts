/** What the experiments page shows, as its URL says it. */

export interface ExperimentsSearch {
  text?: string;
  stage?: "deleted";
  sort?: string;
}

const SORTS = /^(name|creation_time|last_activity|runs)( DESC)?$/;

/** What of a URL's search is understood. */
export function readExperimentsSearch(given: Record<string, unknown>): ExperimentsSearch {
  const { text, stage, sort } = given;
  return {
    ...(text !== undefined && text !== "" && { text: String(text) }),
    ...(stage === "deleted" && { stage }),
    ...(typeof sort === "string" && SORTS.test(sort) && { sort }),
  };
}
