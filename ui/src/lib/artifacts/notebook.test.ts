import { expect, test } from "vitest";
import { readNotebook } from "./notebook";

test("cells and outputs", () => {
  const notebook = {
    metadata: { language_info: { name: "python" } },
    cells: [
      { cell_type: "markdown", source: ["# Title\n", "text"] },
      {
        cell_type: "code",
        execution_count: 3,
        source: "print(1)",
        outputs: [
          { output_type: "stream", name: "stdout", text: ["\u001b[31m1\u001b[0m\n"] },
          { output_type: "display_data", data: { "image/png": "aGVsbG8=\n", "text/plain": "<Figure>" } },
          { output_type: "display_data", data: { "image/png": '"><script>alert(1)</script>', "text/plain": "bad" } },
          { output_type: "execute_result", data: { "text/html": "<script>alert(1)</script>" } },
          { output_type: "error", ename: "ValueError", evalue: "x", traceback: [] },
        ],
      },
    ],
  };
  expect(readNotebook(JSON.stringify(notebook))).toEqual({
    language: "python",
    cells: [
      { kind: "markdown", source: "# Title\ntext", count: null, outputs: [] },
      {
        kind: "code",
        source: "print(1)",
        count: 3,
        outputs: [
          { kind: "text", text: "1" },
          { kind: "image", src: "data:image/png;base64,aGVsbG8=", text: "<Figure>" },
          { kind: "text", text: "bad" },
          { kind: "hidden", text: "text/html" },
          { kind: "error", text: "ValueError: x" },
        ],
      },
    ],
  });
});

test.each(["", "{}", "[]", "null", '{"worksheets": 3}'])("%j is none", (text) => {
  expect(readNotebook(text)).toBeNull();
});

test("what is not as it should be is left out", () => {
  expect(readNotebook('{"cells": [null, 3, {"source": [1, "a"], "outputs": {"x": 1}}]}')?.cells).toEqual([
    { kind: "code", source: "", count: null, outputs: [] },
    { kind: "code", source: "", count: null, outputs: [] },
    { kind: "code", source: "a", count: null, outputs: [] },
  ]);
});
