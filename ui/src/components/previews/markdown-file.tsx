/** A Markdown file as it is meant, and its source. */

import { useCallback, useMemo } from "react";
import { besideUrl } from "../../api/artifacts";
import { useText } from "../../i18n";
import { textLines } from "../../lib/encoding";
import { Markdown } from "../markdown";
import { useLook } from "./beside";
import { Bar, type FileProps, Looks, Region } from "./parts";
import { TextView } from "./text";

export function MarkdownView({ file, text }: { file: FileProps; text: string }) {
  const t = useText();
  const [look, setLook] = useLook<"page" | "source">("page");
  const lines = useMemo(() => (look === "source" ? textLines(text) : []), [text, look]);
  const name = file.label;
  const { owner, path } = file;
  const image = useCallback((named: string) => besideUrl(owner, path, named), [owner, path]);
  const looks = (
    <Looks
      value={look}
      onChange={setLook}
      looks={[
        { value: "page", label: t.artifacts.rendered },
        { value: "source", label: t.artifacts.source },
      ]}
    />
  );
  if (look === "source")
    return (
      <TextView lines={lines} language={null} label={name}>
        {looks}
      </TextView>
    );
  return (
    <>
      <Bar>{looks}</Bar>
      <Region label={name}>
        <Markdown text={text} image={image} />
      </Region>
    </>
  );
}
