/** Markdown that runs nothing: sanitised, without raw styles, forms and remote images. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import classes from "./markdown.module.css";

/** Shows Markdown; the text as it is until what renders it has come. `image` gives the address of an image by its path. */
export function Markdown({ text, image }: { text: string; image?: (path: string) => string | null }) {
  const ref = useRef<HTMLDivElement>(null);
  // Kept apart from the first script: most pages show no Markdown.
  const library = useQuery({
    queryKey: ["markdown"],
    queryFn: () => import("../lib/markdown"),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  }).data;
  const html = useMemo(() => library?.renderMarkdown(text, image) ?? null, [library, text, image]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks at what the HTML became
  useEffect(() => {
    // What scrolls must be reached by keys.
    for (const element of ref.current?.querySelectorAll("pre, table") ?? []) {
      if (element.scrollWidth > element.clientWidth) element.setAttribute("tabindex", "0");
    }
  }, [html]);
  if (html === null) return <div className={classes.plain}>{text}</div>;
  // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised by renderMarkdown, the one place where this is done
  return <div ref={ref} className={classes.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
}
