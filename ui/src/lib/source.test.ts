import { expect, test } from "vitest";
import { commitPage, diffLine, hasSource, readSource, repositoryPage } from "./source";

const tags = (values: Record<string, string>) => Object.entries(values).map(([key, value]) => ({ key, value }));

test("the tags of a script in a repository", () => {
  const source = readSource(
    tags({
      "mlflow.source.name": "train.py",
      "mlflow.source.type": "LOCAL",
      "mlflow.source.git.commit": "0123456789abcdef",
      "mlflow.gitRepoURL": "git@github.com:a/b.git",
      "mlflow.source.git.diff": "+x",
    }),
  );
  expect(source).toEqual({
    name: "train.py",
    type: "LOCAL",
    entryPoint: "",
    commit: "0123456789abcdef",
    branch: "",
    repository: "git@github.com:a/b.git",
    dirty: true,
    diff: "+x",
  });
  expect(hasSource(source)).toBe(true);
});

test("nothing says whether it was dirty, or something does", () => {
  expect(readSource([]).dirty).toBeNull();
  expect(hasSource(readSource([]))).toBe(false);
  expect(readSource(tags({ "mlflow.git.dirty": "False" })).dirty).toBe(false);
  expect(readSource(tags({ "mlflow.git.dirty": "true" })).dirty).toBe(true);
});

test.each([
  ["git@github.com:a/b.git", "https://github.com/a/b"],
  ["ssh://git@gitlab.example.com:2222/a/b.git", "https://gitlab.example.com/a/b"],
  ["https://user:secret@github.com/a/b.git/", "https://github.com/a/b"],
  ["https://github.com/a/b#x", "https://github.com/a/b"],
  ["javascript:alert(1)", null],
  ["/home/me/repo", null],
  ["", null],
])("%o is at %o", (repository, page) => {
  expect(repositoryPage(repository)).toBe(page);
});

test.each([
  ["git@github.com:a/b.git", "0123456", "https://github.com/a/b/commit/0123456"],
  ["https://gitlab.com/a/b", "0123456", "https://gitlab.com/a/b/-/commit/0123456"],
  ["https://bitbucket.org/a/b", "0123456", "https://bitbucket.org/a/b/commits/0123456"],
  ["https://git.example.com/a/b", "0123456", null],
  ["https://github.com/a/b", "../../evil", null],
  ["https://notgithub.com/a/b", "0123456", null],
])("the commit of %o", (repository, commit, page) => {
  expect(commitPage(repository, commit)).toBe(page);
});

test.each([
  ["diff --git a/x b/x", "file"],
  ["--- a/x", "file"],
  ["@@ -1 +1 @@", "hunk"],
  ["+new", "add"],
  ["-old", "remove"],
  [" same", "same"],
])("%o in a diff", (line, kind) => {
  expect(diffLine(line)).toBe(kind);
});
