/** A page of HTML in a frame without rights, and its source. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { besideUrl } from "../../api/artifacts";
import { useText } from "../../i18n";
import { textLines } from "../../lib/encoding";
import { pageNonce } from "../../lib/inert-html";
import { ErrorState } from "../states";
import { useLook } from "./beside";
import { Bar, type FileProps, Looks, Notice, Waiting } from "./parts";
import classes from "./previews.module.css";
import { TextView } from "./text";

export function HtmlView({ file, text }: { file: FileProps; text: string }) {
  const t = useText();
  const [look, setLook] = useLook<"page" | "source">("page");
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
  if (look === "source") return <Source text={text} label={file.label} looks={looks} />;
  return (
    <>
      <Bar>{looks}</Bar>
      <Page file={file} text={text} />
    </>
  );
}

function Source({ text, label, looks }: { text: string; label: string; looks: React.ReactNode }) {
  const lines = useMemo(() => textLines(text), [text]);
  return (
    <TextView lines={lines} language="markup" label={label}>
      {looks}
    </TextView>
  );
}

function Page({ file, text }: { file: FileProps; text: string }) {
  const t = useText();
  const library = useQuery({
    queryKey: ["static-html"],
    queryFn: () => import("../../lib/artifacts/static-html"),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { owner, path } = file;
  const page = useMemo(
    () => library.data?.staticPage(text, pageNonce(), (image) => besideUrl(owner, path, image)),
    [library.data, text, owner, path],
  );
  if (library.error) return <ErrorState error={library.error} retry={() => void library.refetch()} />;
  if (!page) return <Waiting />;
  return (
    <>
      {page.changed && <Notice>{t.artifacts.pageStill}</Notice>}
      <iframe
        className={classes.page}
        sandbox=""
        srcDoc={page.html}
        title={t.artifacts.pageOf(file.label)}
        referrerPolicy="no-referrer"
      />
    </>
  );
}
