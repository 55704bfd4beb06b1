/** Sound and moving pictures, played from where they are. */

import { useState } from "react";
import { artifactUrl } from "../../api/artifacts";
import { useText } from "../../i18n";
import { type FileProps, Instead } from "./parts";
import classes from "./previews.module.css";

export function MediaView({ file, kind }: { file: FileProps; kind: "audio" | "video" }) {
  const t = useText();
  const [broken, setBroken] = useState(false);
  if (broken) return <Instead file={file}>{t.artifacts.mediaBroken}</Instead>;
  const given = {
    src: artifactUrl(file.owner, file.path),
    controls: true,
    preload: "metadata",
    "aria-label": file.label,
    onError: () => setBroken(true),
  };
  return <div className={classes.media}>{kind === "audio" ? <audio {...given} /> : <video {...given} />}</div>;
}
