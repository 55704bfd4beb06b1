// @vitest-environment jsdom
import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Folder } from "../lib/artifact-tree";
import { mergedEntries, treeRows } from "../lib/artifact-tree";
import { show } from "../testing";
import { ArtifactTree } from "./artifact-tree";

const FOLDERS = new Map<string, Folder>([
  [
    "",
    {
      status: "ready",
      entries: mergedEntries([
        [
          { path: "model", is_dir: true },
          { path: "<img src=x onerror=alert(1)>.txt", is_dir: false, file_size: 3 },
          { path: "loss.csv", is_dir: false, file_size: 1_234 },
          { path: "log.txt", is_dir: false, file_size: 0 },
        ],
      ]),
    },
  ],
  ["model", { status: "ready", entries: mergedEntries([[{ path: "model/MLmodel", is_dir: false, file_size: 9 }]]) }],
]);

beforeEach(() => {
  // Without a layout nothing would be in sight.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(300);
});

function tree(opened: string[] = [], path = "") {
  const onChoose = vi.fn();
  const onToggle = vi.fn();
  show(
    <ArtifactTree
      rows={treeRows(FOLDERS, new Set(opened))}
      path={path}
      label="Files"
      onChoose={onChoose}
      onToggle={onToggle}
    />,
  );
  const element = screen.getByRole("tree", { name: "Files" });
  const press = (...keys: string[]) => {
    for (const key of keys) fireEvent.keyDown(element, { key });
  };
  const active = () => document.getElementById(element.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "";
  return { onChoose, onToggle, press, active };
}

test("names are text, and levels and places are told", () => {
  tree(["model"]);
  const items = screen.getAllByRole("treeitem");
  expect(items.map((item) => item.getAttribute("aria-level"))).toEqual(["1", "2", "1", "1", "1"]);
  expect(items[0]?.getAttribute("aria-expanded")).toBe("true");
  expect(items[0]?.getAttribute("aria-setsize")).toBe("4");
  expect(screen.getByText("<img src=x onerror=alert(1)>.txt")).toBeTruthy();
  expect(document.querySelector("[role=tree] img")).toBeNull();
  expect(screen.getByText("1.23 kB")).toBeTruthy();
});

test("arrow keys", () => {
  const { press, active, onChoose, onToggle } = tree();
  expect(active()).toContain("model");
  press("ArrowRight");
  expect(onToggle).toHaveBeenCalledWith(expect.objectContaining({ path: "model" }));
  press("End");
  expect(active()).toContain("loss.csv");
  press("Enter");
  expect(onChoose).toHaveBeenCalledWith(expect.objectContaining({ path: "loss.csv" }));
  press("Home", "ArrowUp");
  expect(active()).toContain("model");
});

test("left goes to the folder, then closes it", () => {
  const { press, active, onToggle } = tree(["model"], "model/MLmodel");
  expect(active()).toContain("MLmodel");
  press("ArrowLeft");
  expect(active()).toBe("model");
  press("ArrowLeft");
  expect(onToggle).toHaveBeenCalledTimes(1);
});

test("typing goes to a name", () => {
  const { press, active } = tree();
  press("l");
  expect(active()).toContain("log.txt");
  press("o", "s");
  expect(active()).toContain("loss.csv");
});

test("a click on the mark opens a folder without choosing it", () => {
  const { onChoose, onToggle } = tree();
  const item = screen.getAllByRole("treeitem")[0];
  fireEvent.click(item?.firstElementChild ?? document.body);
  expect(onToggle).toHaveBeenCalledTimes(1);
  expect(onChoose).not.toHaveBeenCalled();
});
