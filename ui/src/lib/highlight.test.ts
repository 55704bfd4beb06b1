import { describe, expect, test } from "vitest";
import { Highlighter, type Language, tokenize } from "./highlight";

const shown = (line: string, language: Language) =>
  tokenize(line, language, null)
    .tokens.filter((token) => token.kind !== "plain")
    .map(({ kind, text }) => `${kind}:${text}`);

describe("a line", () => {
  test.each<[Language, string, string[]]>([
    ["python", "def f(x): return 'a#b' # c", ["keyword:def", "keyword:return", "string:'a#b'", "comment:# c"]],
    ["python", "@torch.no_grad", ["name:@torch.no_grad"]],
    ["python", "lr = 1e-3", ["number:1e-3"]],
    [
      "json",
      '{"a": "b", "n": -1.5, "t": true}',
      ['name:"a"', 'string:"b"', 'name:"n"', "number:-1.5", 'name:"t"', "keyword:true"],
    ],
    ["yaml", "learning_rate: 0.1 # fast", ["name:learning_rate", "number:0.1", "comment:# fast"]],
    ["yaml", "- name: 'x: y'", ["name:name", "string:'x: y'"]],
    ["shell", "echo $HOME # home", ["keyword:echo", "name:$HOME", "comment:# home"]],
    ["diff", "-old", ["removed:-old"]],
    ["javascript", "const a = `x` // y", ["keyword:const", "string:`x`", "comment:// y"]],
  ])("%s: %s", (language, line, tokens) => {
    expect(shown(line, language)).toEqual(tokens);
  });

  test("nothing of it is lost", () => {
    for (const line of ["a 'b", 'x = """y', "<a href='x'>", "🎉 = 1", "", "   "]) {
      for (const language of ["python", "javascript", "yaml", "json", "markup", "toml"] as const) {
        expect(
          tokenize(line, language, null)
            .tokens.map((token) => token.text)
            .join(""),
        ).toBe(line);
      }
    }
  });

  test("a very long line takes no time", () => {
    const started = performance.now();
    tokenize(`"${"\\".repeat(300_000)}`, "json", null);
    tokenize("'".repeat(300_000), "python", null);
    tokenize(" ".repeat(300_000), "yaml", null);
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 60_000);
});

test("strings and comments of several lines", () => {
  const python = new Highlighter(['"""one', "two", 'three""" + x', "y"], "python");
  expect(python.line(2)).toEqual([
    { kind: "string", text: 'three"""' },
    { kind: "plain", text: " + x" },
  ]);
  expect(python.line(1)).toEqual([{ kind: "string", text: "two" }]);
  expect(python.line(3)).toEqual([{ kind: "plain", text: "y" }]);
  const script = new Highlighter(["/* a", "b */ let x"], "javascript");
  expect(script.line(1)[0]).toEqual({ kind: "comment", text: "b */" });
});
