import { expect, test } from "vitest";
import { patchCounts, readPatch } from "./patch";

const PATCH = `diff --git a/train.py b/train.py
index 1..2 100644
--- a/train.py
+++ b/train.py
@@ -1,3 +1,4 @@
 import x
--- a line that looks like a head
+++ another one
+more
 end
@@ -9 +10 @@ def f():
-old
+new
\\ No newline at end of file
diff --git a/made.txt b/made.txt
new file mode 100644
index 0..1
--- /dev/null
+++ b/made.txt
@@ -0,0 +1 @@
+text
diff --git a/gone.py b/gone.py
deleted file mode 100644
index 1..0
--- a/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
diff --git a/one two.png b/one two.png
index 1..2 100644
GIT binary patch
literal 3
Kc$abc

diff --git "a/\\346\\227\\245\\"x.py" "b/\\346\\227\\245\\"x.py"
old mode 100644
new mode 100755
`;

test("a patch is read file by file", () => {
  expect(readPatch(PATCH).map(({ lines, ...rest }) => ({ ...rest, lines: lines.length }))).toEqual([
    { path: "train.py", kind: "changed", binary: false, added: 3, removed: 2, lines: 10 },
    { path: "made.txt", kind: "added", binary: false, added: 1, removed: 0, lines: 2 },
    { path: "gone.py", kind: "removed", binary: false, added: 0, removed: 2, lines: 3 },
    { path: "one two.png", kind: "changed", binary: true, added: 0, removed: 0, lines: 0 },
    { path: '日"x.py', kind: "changed", binary: false, added: 0, removed: 0, lines: 0 },
  ]);
});

test("lines are counted in all", () => {
  expect(patchCounts(readPatch(PATCH))).toEqual([4, 4]);
});

test("a patch that is cut off within a file has what there is", () => {
  const [file] = readPatch(PATCH.slice(0, PATCH.indexOf("+more")));
  expect(file).toMatchObject({ path: "train.py", added: 1, removed: 1 });
});

test("a diff without git's heads is read, too", () => {
  const text = "--- a/x.py\t2024\n+++ b/x.py\t2025\n@@ -1 +1 @@\n-x\n+y\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+y\n";
  expect(readPatch(text)).toEqual([
    { path: "x.py", kind: "changed", binary: false, added: 1, removed: 1, lines: ["@@ -1 +1 @@", "-x", "+y"] },
    { path: "new", kind: "added", binary: false, added: 1, removed: 0, lines: ["@@ -0,0 +1 @@", "+y"] },
  ]);
});

test("parts of files may have no numbers", () => {
  const text = "--- a/x\n+++ b/x\n@@\n a\n---b\n@@\n+c\n--- a/y\n+++ b/y\n@@\n-d\n";
  expect(readPatch(text)).toEqual([
    { path: "x", kind: "changed", binary: false, added: 1, removed: 1, lines: ["@@", " a", "---b", "@@", "+c"] },
    { path: "y", kind: "changed", binary: false, added: 0, removed: 1, lines: ["@@", "-d"] },
  ]);
});

test.each(["", "no diff at all", "@@ -1 +1 @@\n-x\n+y"])("%j has no files", (text) => {
  expect(readPatch(text)).toEqual([]);
});
