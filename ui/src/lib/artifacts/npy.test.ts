import { expect, test } from "vitest";
import { npyValues, readNpy, readSafetensors, safetensorsLength, valueCount } from "./npy";

/** As `numpy.save` writes it, version 1. */
function npy(header: string, values: ArrayBufferView): Uint8Array {
  const padded = `${header}${" ".repeat(117 - header.length)}\n`;
  const head = Uint8Array.from(`\u0093NUMPY\u0001\u0000v\u0000${padded}`, (char) => char.charCodeAt(0));
  const file = new Uint8Array(head.length + values.byteLength);
  file.set(head);
  file.set(new Uint8Array(values.buffer), head.length);
  return file;
}

const FLOATS = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", new Float32Array([1, 2, 3, 4]));
const BIG = new DataView(new ArrayBuffer(16));
BIG.setBigInt64(0, 2n ** 60n);
BIG.setBigInt64(8, -1n);
const INTS = npy("{'descr': '>i8', 'fortran_order': False, 'shape': (2,), }", BIG);

test("arrays that NumPy wrote", () => {
  const floats = FLOATS;
  const header = readNpy(floats);
  expect(header).toEqual({ dtype: "float32", shape: [2, 2], fortran: false, descr: "<f4", start: 128 });
  expect(header && npyValues(floats, header, 10, 10)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(header && npyValues(floats, header, 1, 1)).toEqual([[1]]);
  expect(header && npyValues(floats.subarray(0, 137), header, 10, 10)).toEqual([[1, 2]]);
  const ints = INTS;
  const other = readNpy(ints);
  expect(other).toMatchObject({ dtype: "int64", shape: [2] });
  expect(other && npyValues(ints, other, 10, 10)).toEqual([["1152921504606846976"], [-1]]);
});

test("what is none", () => {
  expect(readNpy(FLOATS.subarray(0, 100))).toBeNull();
  expect(readNpy(new Uint8Array(20))).toBeNull();
  expect(readNpy(new Uint8Array())).toBeNull();
});

test("safetensors", () => {
  const header = new TextEncoder().encode(
    '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}',
  );
  const file = new Uint8Array(8 + header.length + 24);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  expect(safetensorsLength(file)).toBe(8 + header.length);
  expect(readSafetensors(file)).toEqual({
    tensors: [{ name: "w", dtype: "F32", shape: [2, 3] }],
    metadata: [["format", "pt"]],
  });
  expect(readSafetensors(file.subarray(0, 20))).toBeNull();
  expect(safetensorsLength(new Uint8Array(20))).toBeNull();
});

test("how many values", () => {
  expect(valueCount([])).toBe(1);
  expect(valueCount([2, 0])).toBe(0);
});
