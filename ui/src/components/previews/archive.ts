/** The headers of the arrays in a NumPy archive, each read from where it is in the file. */

import type { FilePart } from "../../api/artifacts";
import { type NpyHeader, readNpy } from "../../lib/artifacts/npy";
import { contentStart, type ZipEntry } from "../../lib/artifacts/zip-list";

/** Of more arrays than this the names and sizes must do. */
const MAX_ARRAYS = 40;
/** A local header, a name, and a header of an array have room in it. */
const HEAD_BYTES = 2_048;

/** One for each entry, null for what is no array. */
export async function npzHeaders(
  entries: readonly ZipEntry[],
  read: (start: number, length: number) => Promise<FilePart>,
): Promise<(NpyHeader | null)[]> {
  if (entries.length > MAX_ARRAYS || !entries.some((entry) => entry.name.endsWith(".npy"))) return [];
  return Promise.all(
    entries.map(async (entry) => {
      if (!entry.name.endsWith(".npy")) return null;
      const { bytes } = await read(entry.start, HEAD_BYTES);
      const start = contentStart(bytes);
      if (start === null) return null;
      const content = bytes.subarray(start, start + Math.min(entry.packed, HEAD_BYTES));
      if (entry.method === 0) return readNpy(content);
      return entry.method === 8 ? readNpy(await inflatedStart(content)) : null;
    }),
  );
}

/** What comes out of deflated bytes until they end, which is before the content does. */
async function inflatedStart(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  // The stream complains that it is cut; what it gave until then is all that is wanted.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  } catch {
    // As above.
  }
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
