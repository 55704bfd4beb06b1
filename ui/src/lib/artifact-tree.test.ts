import { describe, expect, test } from "vitest";
import type { FileInfo } from "../api/types";
import { entryOf, type Folder, foldersAbove, mergedEntries, treeRows, unknownFolders } from "./artifact-tree";

const file = (path: string, file_size = 1): FileInfo => ({ path, is_dir: false, file_size });
const folder = (path: string): FileInfo => ({ path, is_dir: true });
const ready = (...files: FileInfo[]): Folder => ({ status: "ready", entries: mergedEntries([files]) });

const FOLDERS = new Map<string, Folder>([
  ["", ready(file("b10.txt"), file("b9.txt"), folder("model"), folder("new"))],
  ["model", ready(file("model/MLmodel"), folder("model/data"))],
  ["model/data", { status: "loading" }],
]);

const shown = (opened: string[], filter = "") =>
  treeRows(FOLDERS, new Set(opened), filter).map((row) =>
    row.kind === "entry" ? `${row.level} ${row.id} ${row.position}/${row.siblings}` : `${row.level} ${row.kind}`,
  );

describe("rows", () => {
  test("folders first, numbers by size", () => {
    expect(shown([])).toEqual(["1 model 1/4", "1 new 2/4", "1 b9.txt 3/4", "1 b10.txt 4/4"]);
  });

  test("open folders", () => {
    expect(shown(["model", "model/data", "new"])).toEqual([
      "1 model 1/4",
      "2 model/data 1/2",
      "3 loading",
      "2 model/MLmodel 2/2",
      "1 new 2/4",
      "2 loading",
      "1 b9.txt 3/4",
      "1 b10.txt 4/4",
    ]);
  });

  test("a filter", () => {
    expect(shown([], "mlm")).toEqual(["1 model 1/1", "2 model/MLmodel 1/1"]);
    expect(shown([], "B9")).toEqual(["1 b9.txt 1/1"]);
    expect(shown([], "nothing")).toEqual([]);
  });

  test("an error has a row", () => {
    const rows = treeRows(new Map([["", { status: "error", error: new Error("x") }]]), new Set());
    expect(rows.map((row) => row.kind)).toEqual(["error"]);
  });
});

test("what is still to be looked into", () => {
  expect(unknownFolders(FOLDERS)).toEqual(["new"]);
});

test("what a path is", () => {
  expect(entryOf(FOLDERS, "model/MLmodel")?.name).toBe("MLmodel");
  expect(entryOf(FOLDERS, "model/none")).toBeNull();
  expect(entryOf(FOLDERS, "new/x")).toBeUndefined();
  expect(foldersAbove("a/b/c")).toEqual(["a", "a/b"]);
  expect(foldersAbove("a")).toEqual([]);
});

describe("several runs", () => {
  test("what each has", () => {
    const entries = mergedEntries([[file("a"), folder("d")], [file("a", 2), file("d")], null]);
    expect(entries).toEqual([
      { path: "d", name: "d", isDir: true, size: null, sizes: [null, null, null], paths: ["d", null, null] },
      { path: "a", name: "a", isDir: false, size: 1, sizes: [1, 2, null], paths: ["a", "a", null] },
      { path: "d#", name: "d", isDir: false, size: 1, sizes: [null, 1, null], paths: [null, "d", null] },
    ]);
  });

  test("images of one key and step are one entry", () => {
    const image = (time: number) => `images/k~x+step+1+timestamp+${time}+0b2c1f0e-6a0d-4f3e-9a53-0c1d2e3f4a5b.png`;
    const small = image(1).replace(".png", "+compressed.webp");
    const entries = mergedEntries([
      [file(image(1)), file(small)],
      [file(image(2)), file(image(3))],
    ]);
    expect(entries.map(({ path, name, paths }) => [path, name, paths])).toEqual([
      ["images/k~x+step+1.png", "k/x · 1", [image(1), image(2)]],
      ["images/k~x+step+1.png#", "k/x · 1", [null, image(3)]],
    ]);
    expect(mergedEntries([[file(image(1)), file(small)]]).map((entry) => entry.path)).toEqual([image(1)]);
  });
});
