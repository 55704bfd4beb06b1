import { expect, test } from "vitest";
import { contentStart, findDirectory, readDirectory } from "./zip-list";

// What np.savez_compressed wrote.
const NPZ = Uint8Array.from(
  atob(
    "UEsDBC0AAAAIAAAAIQAu4/m8//////////8FABQAdy5ucHkBABAAmAAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Ce" +
      "ll9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GHAAAUEsDBC0AAAAIAAAAIQBm5fse//////////8IABQAYmlhcy5ucHkBABAA" +
      "oAAAAAAAAABNAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkaaOgq1CmQD" +
      "LgYw+GCPiwYAUEsBAi0DLQAAAAgAAAAhAC7j+bxHAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAHcubnB5UEsBAi0DLQAAAAgAAAAhAGbl+x5NAAAA" +
      "oAAAAAgAAAAAAAAAAAAAAIABfgAAAGJpYXMubnB5UEsFBgAAAAACAAIAaQAAAAUBAAAAAA==",
  ),
  (char) => char.charCodeAt(0),
);

test("the entries of a file", () => {
  const directory = findDirectory(NPZ, NPZ.length);
  expect(directory).toEqual({ start: 261, length: 105, count: 2 });
  const entries = readDirectory(NPZ.subarray(261, 261 + 105), 2);
  expect(entries).toEqual([
    { name: "w.npy", method: 8, packed: 71, size: 152, start: 0 },
    { name: "bias.npy", method: 8, packed: 77, size: 160, start: 126 },
  ]);
  expect(contentStart(NPZ.subarray(126))).toBe(30 + 8 + 20);
});

test("a file's end alone", () => {
  expect(findDirectory(NPZ.subarray(300), NPZ.length)?.start).toBe(261);
});

test("what is none", () => {
  expect(findDirectory(new Uint8Array(100), 100)).toBeNull();
  expect(findDirectory(NPZ.subarray(0, 300), 300)).toBeNull();
  expect(findDirectory(new Uint8Array(), 0)).toBeNull();
  expect(() => readDirectory(new Uint8Array(100), 1)).toThrow(RangeError);
  expect(contentStart(new Uint8Array(40))).toBeNull();
});
