/** What is in a zip file, from the directory at its end. NumPy's and PyTorch's archives are zip files, too. */

export interface ZipEntry {
  name: string;
  size: number;
  packed: number;
  /** 0 for stored, 8 for deflated. */
  method: number;
  /** Where the entry begins in the file. */
  start: number;
}

/** How many bytes of a file's end have its directory's place for sure. */
export const TAIL_BYTES = 65_557 + 20;

export interface Directory {
  start: number;
  length: number;
  count: number;
}

/** Where the directory of a zip file is, by the last bytes of it; null when it is no zip file. */
export function findDirectory(tail: Uint8Array, fileSize: number): Directory | null {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + 22 + view.getUint16(at + 20, true) !== tail.length) continue;
    const found = {
      count: view.getUint16(at + 10, true),
      length: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
    if (found.start === 0xffffffff || found.count === 0xffff || found.length === 0xffffffff) {
      const far = at >= 20 && view.getUint32(at - 20, true) === 0x07064b50 ? view.getBigUint64(at - 12, true) : null;
      const near = far === null ? -1 : Number(far) - (fileSize - tail.length);
      if (near < 0 || near + 56 > tail.length || view.getUint32(near, true) !== 0x06064b50) return null;
      found.count = Number(view.getBigUint64(near + 32, true));
      found.length = Number(view.getBigUint64(near + 40, true));
      found.start = Number(view.getBigUint64(near + 48, true));
    }
    return found.start + found.length <= fileSize ? found : null;
  }
  return null;
}

/** The entries of a directory. Throws a RangeError when it is damaged. */
export function readDirectory(bytes: Uint8Array, count: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count && at + 46 <= bytes.length; i++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new RangeError("The zip file's directory is damaged.");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = decoder.decode(bytes.subarray(at + 46, at + 46 + (nameLength ?? 0)));
    const entry: ZipEntry = {
      name,
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      start: view.getUint32(at + 42, true),
    };
    readWide(view, at + 46 + (nameLength ?? 0), extraLength ?? 0, entry);
    entries.push(entry);
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return entries;
}

/** Numbers of 64 bits, which stand in an extra field when they do not fit into 32. */
function readWide(view: DataView, from: number, length: number, entry: ZipEntry): void {
  for (let at = from; at + 4 <= from + length; ) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === 1) {
      let wide = at + 4;
      for (const field of ["size", "packed", "start"] as const) {
        if (entry[field] !== 0xffffffff || wide + 8 > at + 4 + size) continue;
        entry[field] = Number(view.getBigUint64(wide, true));
        wide += 8;
      }
    }
    at += 4 + size;
  }
}

/** Where the content of an entry begins, counted from the entry's own start; null when there is none. */
export function contentStart(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 30 || view.getUint32(0, true) !== 0x04034b50) return null;
  return 30 + view.getUint16(26, true) + view.getUint16(28, true);
}
