/** A PDF in the browser's own viewer. It comes as a blob: what the server sends is a download, and no page. */

import { useEffect, useState } from "react";
import { useText } from "../../i18n";
import { MAX_BYTES, useFile } from "./file";
import { type FileProps, Instead, Loaded, TooLarge } from "./parts";
import classes from "./previews.module.css";

const START = [0x25, 0x50, 0x44, 0x46];

export function PdfView({ file }: { file: FileProps }) {
  const t = useText();
  if (navigator.pdfViewerEnabled === false) return <Instead file={file}>{t.artifacts.pdfMissing}</Instead>;
  if ((file.size ?? 0) > MAX_BYTES) return <TooLarge file={file} size={file.size ?? 0} />;
  return <LoadedPdf file={file} />;
}

function LoadedPdf({ file }: { file: FileProps }) {
  const t = useText();
  const query = useFile(file.owner, file.path, file.size, MAX_BYTES);
  return (
    <Loaded query={query}>
      {({ bytes, size, whole }) => {
        if (!whole) return <TooLarge file={file} size={size} />;
        if (!START.every((byte, i) => bytes[i] === byte)) return <Instead file={file}>{t.artifacts.broken}</Instead>;
        return <Frame bytes={bytes} name={file.label} />;
      }}
    </Loaded>
  );
}

function Frame({ bytes, name }: { bytes: Uint8Array<ArrayBuffer>; name: string }) {
  const t = useText();
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return address && <iframe className={classes.frame} src={`${address}#navpanes=0`} title={t.artifacts.pdfOf(name)} />;
}
