/** Importance worked out in a worker: of what is asked now, while the last that was found stays. */

import { useEffect, useRef, useState } from "react";
import { type Importance, type ImportanceInput, importanceOf } from "../../lib/analysis/importance";

export interface FoundImportance {
  /** What it is the importance for. */
  input: ImportanceInput;
  importance: Importance;
}

export function useImportance(input: ImportanceInput | null): FoundImportance | null {
  const [found, setFound] = useState<FoundImportance | null>(null);
  const worker = useRef<Worker | null>(null);
  const asked = useRef<ImportanceInput | null>(null);
  const next = useRef<ImportanceInput | null>(null);

  useEffect(() => {
    const made = startWorker();
    worker.current = made;
    const take = (importance: Importance) => {
      if (asked.current) setFound({ input: asked.current, importance });
      asked.current = next.current;
      next.current = null;
      if (asked.current) made?.postMessage(asked.current);
    };
    const failed = () => {
      // Without a worker the page stands still for a moment, which is better than no answer.
      worker.current = null;
      const last = next.current ?? asked.current;
      asked.current = null;
      next.current = null;
      if (last) setFound({ input: last, importance: importanceOf(last) });
    };
    made?.addEventListener("message", (event: MessageEvent<Importance>) => take(event.data));
    made?.addEventListener("error", failed);
    return () => {
      made?.terminate();
      worker.current = null;
      asked.current = null;
      next.current = null;
    };
  }, []);

  useEffect(() => {
    if (!input) return;
    if (!worker.current) {
      const later = setTimeout(() => setFound({ input, importance: importanceOf(input) }));
      return () => clearTimeout(later);
    }
    // Of what is asked while the worker works only the last is of interest.
    if (asked.current) {
      next.current = input;
      return;
    }
    asked.current = input;
    worker.current.postMessage(input);
  }, [input]);

  return input ? found : null;
}

function startWorker(): Worker | null {
  try {
    return new Worker(new URL("./importance-worker.ts", import.meta.url), { type: "module" });
  } catch {
    return null;
  }
}
