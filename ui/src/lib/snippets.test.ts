import { expect, test } from "vitest";
import {
  checkOut,
  describeRun,
  firstRun,
  pythonText,
  readRun,
  serverAddress,
  shellWord,
  unchangedScript,
} from "./snippets";
import { readSource } from "./source";

test("an address has no slash at its end", () => {
  expect(serverAddress("http://localhost:5000/")).toBe("http://localhost:5000");
  expect(serverAddress("https://ml.example.com/kiseki/")).toBe("https://ml.example.com/kiseki");
});

test.each([
  ["plain/path.py", "plain/path.py"],
  ["a b", "'a b'"],
  ["'; rm -rf ~; '", "''\\''; rm -rf ~; '\\'''"],
  ["$(id)", "'$(id)'"],
  ["-rf", "'-rf'"],
  ["", "''"],
  ["a\nb", "'a\nb'"],
])("%o is one word of a shell", (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test("a text of Python ends where it should", () => {
  expect(pythonText('a"b\\c\n')).toBe('"a\\"b\\\\c\\n"');
});

test("three lines log the first run", () => {
  expect(firstRun("mlflow", "http://h:5000").split("\n")).toEqual([
    "import mlflow",
    'mlflow.set_tracking_uri("http://h:5000")',
    'mlflow.log_metric("accuracy", 0.92)',
  ]);
  expect(firstRun("kiseki", "http://h:5000", "digits")).toContain('kiseki.set_experiment("digits")');
});

test("a script that tracks with MLflow finds server and experiment in the environment", () => {
  expect(unchangedScript("http://h:5000")).toBe("export MLFLOW_TRACKING_URI=http://h:5000\npython train.py");
  expect(unchangedScript("http://h:5000", "two words")).toContain("\nexport MLFLOW_EXPERIMENT_NAME='two words'\n");
});

test("a run is used", () => {
  const run = { id: "0a", experimentId: "7", parent: true };
  expect(readRun("kiseki", "http://h", run)).toContain('kiseki.get_run("0a")');
  expect(readRun("kiseki", "http://h", run)).toContain(
    `search_runs(experiment_ids=["7"], filter_string="tags.mlflow.parentRunId = '0a'")`,
  );
  expect(readRun("kiseki", "http://h", { ...run, parent: false })).toContain('search_runs(experiment_ids=["7"])');
  expect(describeRun("http://h", "0a")).toContain("kiseki runs describe -r 0a\n");
});

test("code is checked out, and no tag is a command", () => {
  const source = (values: Record<string, string>) =>
    readSource(Object.entries(values).map(([key, value]) => ({ key, value })));
  const commit = { "mlflow.source.git.commit": "0123456" };
  expect(checkOut(source(commit))).toBe("");
  expect(
    checkOut(source({ ...commit, "mlflow.source.git.repoURL": "git@host:a/b.git", "mlflow.source.name": "train.py" })),
  ).toBe("git clone -- git@host:a/b.git b\ncd b\ngit checkout 0123456\npython train.py");
  expect(checkOut(source({ ...commit, "mlflow.source.git.repoURL": "--upload-pack=x;id" }))).toContain(
    "git clone -- '--upload-pack=x;id'",
  );
  expect(
    checkOut(
      source({ ...commit, "mlflow.source.git.repoURL": "https://h/b", "mlflow.source.name": "/home/me/train.py" }),
    ),
  ).not.toContain("python");
});
