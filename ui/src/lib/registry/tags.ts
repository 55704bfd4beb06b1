/** What the tags of loaded models are, as the completion of filters takes it. */

import type { ColumnsAnswer, Tag } from "../../api/types";

const EXAMPLES = 20;

export function knownTags(models: readonly { tags: readonly Tag[] }[]): ColumnsAnswer {
  const found = new Map<string, { key: string; kind: string; runs: number; examples: string[] }>();
  for (const { key, value } of models.flatMap((model) => model.tags)) {
    const one = found.get(key) ?? { key, kind: "text", runs: 0, examples: [] };
    one.runs++;
    if (one.examples.length < EXAMPLES && !one.examples.includes(value)) one.examples.push(value);
    found.set(key, one);
  }
  return { metrics: [], params: [], tags: [...found.values()] };
}
