/** Bytes as people look at them who do not know what they are. */

export interface HexRow {
  offset: string;
  hex: string;
  text: string;
}

/** Sixteen bytes a row: where they are, what they are, and those that are ASCII as such. */
export function hexRows(bytes: Uint8Array): HexRow[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => {
    const row = [...bytes.subarray(16 * i, 16 * i + 16)];
    const pairs = row.map((byte) => byte.toString(16).padStart(2, "0"));
    return {
      offset: (16 * i).toString(16).padStart(8, "0"),
      hex: `${pairs.slice(0, 8).join(" ")}  ${pairs.slice(8).join(" ")}`.padEnd(48),
      text: row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join(""),
    };
  });
}
