/** NumPy's array files: their header, and the first values. */

export interface NpyHeader {
  /** NumPy's name of the type, such as `float32`, or its description where there is no name. */
  dtype: string;
  shape: number[];
  fortran: boolean;
  /** The description as it is in the file, such as `<f4`. */
  descr: string;
  /** Where the values begin. */
  start: number;
}

const NAMES: Record<string, string> = { f: "float", i: "int", u: "uint", c: "complex" };

/** The header of a file; null when it is none, or longer than the bytes that are there. */
export function readNpy(bytes: Uint8Array): NpyHeader | null {
  if (bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== "NUMPY") return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = (bytes[6] ?? 0) >= 2;
  if (bytes.length < (wide ? 12 : 10)) return null;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  if (bytes.length < start) return null;
  const text = new TextDecoder("latin1").decode(bytes.subarray(wide ? 12 : 10, start));
  const descr = /'descr':\s*(?:'([^']*)'|(\[.*\]))\s*,\s*'fortran_order'/.exec(text);
  const fortran = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text);
  if (!descr || !fortran || !shape) return null;
  const given = descr[1] ?? descr[2] ?? "";
  return {
    dtype: dtypeName(given),
    shape: (shape[1] ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean)
      .map(Number),
    fortran: fortran[1] === "True",
    descr: given,
    start,
  };
}

function dtypeName(descr: string): string {
  const match = /^[<>=|]([fiucbUSO?V])(\d*)$/.exec(descr);
  if (!match) return descr;
  const [, kind = "", size = ""] = match;
  if (kind === "b" || kind === "?") return "bool";
  if (kind === "O") return "object";
  if (kind === "U") return `str${size}`;
  if (kind === "S") return `bytes${size}`;
  return NAMES[kind] ? `${NAMES[kind]}${8 * Number(size)}` : descr;
}

type ReadOne = (view: DataView, at: number, little: boolean) => number | bigint | boolean;

const READERS: Record<string, ReadOne> = {
  f8: (view, at, little) => view.getFloat64(at, little),
  f4: (view, at, little) => view.getFloat32(at, little),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => view.getBigInt64(at, little),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => view.getBigUint64(at, little),
  b1: (view, at) => view.getUint8(at) !== 0,
};

/**
 * The first rows of an array of one or two dimensions, cut at `rows` and `columns`, as far as the bytes go; null for other
 * shapes and types. Values that were not numbers, and whole numbers that are too long for one, are texts.
 */
export function npyValues(
  bytes: Uint8Array,
  header: NpyHeader,
  rows: number,
  columns: number,
): (number | string | boolean)[][] | null {
  const { shape, fortran, descr, start } = header;
  const read = READERS[descr.slice(1)];
  const width = shape.length === 2 ? (shape[1] ?? 0) : 1;
  if (!read || shape.length < 1 || shape.length > 2 || (fortran && shape.length === 2)) return null;
  const size = Number(descr.slice(2));
  const little = !descr.startsWith(">");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: (number | string | boolean)[][] = [];
  for (let row = 0; row < Math.min(rows, shape[0] ?? 0); row++) {
    const at = start + row * width * size;
    const wanted = Math.min(width, columns);
    if (at + wanted * size > bytes.length) break;
    found.push(
      Array.from({ length: wanted }, (_, i) => {
        const value = read(view, at + i * size, little);
        return typeof value === "bigint"
          ? Number.isSafeInteger(Number(value))
            ? Number(value)
            : String(value)
          : value;
      }),
    );
  }
  return found;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
}

const MAX_HEADER = 50 * 2 ** 20;

/** How long the header of a safetensors file is, its own length included; null when the file is none. */
export function safetensorsLength(bytes: Uint8Array): number | null {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return null;
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  return length > 1 && length <= MAX_HEADER ? 8 + length : null;
}

/** The tensors of a safetensors file, from the bytes of its whole header; null when they are none. */
export function readSafetensors(bytes: Uint8Array): { tensors: Tensor[]; metadata: [string, string][] } | null {
  const length = safetensorsLength(bytes);
  if (length === null || bytes.length < length) return null;
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, length))) as Record<
      string,
      { dtype?: unknown; shape?: unknown } & Record<string, unknown>
    >;
    const { __metadata__: metadata = {}, ...tensors } = header;
    return {
      tensors: Object.entries(tensors).map(([name, { dtype, shape }]) => ({
        name,
        dtype: String(dtype),
        shape: Array.isArray(shape) ? shape.map(Number) : [],
      })),
      metadata: Object.entries(metadata).map(([key, value]) => [key, String(value)]),
    };
  } catch {
    return null;
  }
}

/** How many values an array has. */
export const valueCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
