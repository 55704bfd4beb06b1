/** One side of two texts, with the words marked that the other has not. */

import { useMemo } from "react";
import { useText } from "../../i18n";
import { diffWords } from "../../lib/compare/diff";
import classes from "./compare.module.css";

export function WordDiff({ before, after, side }: { before: string; after: string; side: number }) {
  const t = useText();
  const edits = useMemo(() => diffWords(before, after), [before, after]);
  const own = side === 0 ? "removed" : "added";
  return edits
    .filter((edit) => edit.kind === "same" || edit.kind === own)
    .map((edit, i) => {
      const text = edit.items.join("");
      if (edit.kind === "same") return text;
      const says = side === 0 ? t.compare.removedText : t.compare.addedText;
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text are their place
        <mark key={i} className={side === 0 ? classes.removed : classes.added} title={says}>
          {text}
        </mark>
      );
    });
}
