import { expect, test } from "vitest";
import { artifactLinks } from "./environment";

test("files that tell of the environment", () => {
  const files = [
    "requirements.txt",
    "requirements-dev.txt",
    "model/conda.yaml",
    "model/python_env.yaml",
    "model/MLmodel",
    "uv.lock",
    "pyproject.toml",
    "Dockerfile",
    "notes.txt",
    "git.diff",
    "my.patch",
    "difference",
  ].map((path) => ({ path, is_dir: false }));
  expect(artifactLinks([...files, { path: "conda.yaml", is_dir: true }, {}])).toEqual({
    environment: [
      "requirements.txt",
      "requirements-dev.txt",
      "model/conda.yaml",
      "model/python_env.yaml",
      "uv.lock",
      "pyproject.toml",
      "Dockerfile",
    ],
    diffs: ["git.diff", "my.patch"],
  });
});
