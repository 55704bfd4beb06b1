/** The first bytes of what is not known. */

import { Text } from "@mantine/core";
import { useText } from "../../i18n";
import { hexRows } from "../../lib/artifacts/hex";
import { Bar, DownloadLink, type FileProps, Grow, Region } from "./parts";
import classes from "./previews.module.css";

const SHOWN_BYTES = 512;

export function HexView({ file, bytes }: { file: FileProps; bytes: Uint8Array }) {
  const t = useText();
  const shown = bytes.subarray(0, SHOWN_BYTES);
  const rows = hexRows(shown);
  return (
    <>
      <Bar>
        <Text size="sm">{t.artifacts.notShown}</Text>
        <Grow />
        <DownloadLink {...file} />
      </Bar>
      {rows.length > 0 && (
        <Region label={t.artifacts.firstBytes(shown.length)}>
          <Text size="xs" c="dimmed" mb="xs">
            {t.artifacts.firstBytes(shown.length)}
          </Text>
          <pre className={classes.snippet}>
            {rows.map((row) => `${row.offset}  ${row.hex}  ${row.text}`).join("\n")}
          </pre>
        </Region>
      )}
    </>
  );
}
