import { describe, expect, test } from "vitest";
import { guessSeparator, readCsv } from "./read-csv";

const read = (text: string, separator = ",") => readCsv(text, separator, true, 1_000);

describe("RFC 4180", () => {
  test.each<[string, string[][]]>([
    [
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a,b\r1,2\r",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      'a,b\n"x,y","say ""hi"""\n',
      [
        ["a", "b"],
        ["x,y", 'say "hi"'],
      ],
    ],
    ['a\n"two\r\nlines"\n', [["a"], ["two\r\nlines"]]],
    [
      "a,b\n1,\n",
      [
        ["a", "b"],
        ["1", ""],
      ],
    ],
    [
      "a,b\n1,",
      [
        ["a", "b"],
        ["1", ""],
      ],
    ],
    [
      "a,b\n,\n",
      [
        ["a", "b"],
        ["", ""],
      ],
    ],
    ["a\n\n1\n", [["a"], ["1"]]],
    ["", [[]]],
    ["\ufeffa\n1", [["a"], ["1"]]],
    ['a\n"open', [["a"], ["open"]]],
    [
      'a\n"x"y,z',
      [
        ["a", ""],
        ["xy", "z"],
      ],
    ],
    [
      'a,b\nx"y,"z"',
      [
        ["a", "b"],
        ['x"y', "z"],
      ],
    ],
    [
      "a,b\n1\n1,2,3",
      [
        ["a", "b", ""],
        ["1", "", ""],
        ["1", "2", "3"],
      ],
    ],
    ["<img src=x onerror=alert(1)>\n=1+1", [["<img src=x onerror=alert(1)>"], ["=1+1"]]],
  ])("%j", (text, records) => {
    const { columns, rows } = read(text);
    expect([columns, ...rows]).toEqual(records);
  });

  test("tabs", () => {
    expect(read("a\tb\n1,5\t2", "\t").rows).toEqual([["1,5", "2"]]);
  });
});

test("a text that is cut loses its last record", () => {
  expect(readCsv("a,b\n1,2\n3,", ",", false, 10).rows).toEqual([["1", "2"]]);
  expect(readCsv("a,b\n1,2\n", ",", false, 10).rows).toEqual([["1", "2"]]);
});

test("more rows than are wanted", () => {
  expect(readCsv("a\n1\n2\n3", ",", true, 2)).toEqual({ columns: ["a"], rows: [["1"], ["2"]], cut: true });
  expect(readCsv("a\n1\n2\n", ",", true, 2)).toEqual({ columns: ["a"], rows: [["1"], ["2"]], cut: false });
  expect(readCsv("a\n1\n2", ",", true, 2).cut).toBe(false);
});

test("separators", () => {
  expect(guessSeparator("a;b;c\n1,5;2;3")).toBe(";");
  expect(guessSeparator('"a;b;c",d')).toBe(",");
  expect(guessSeparator("a\tb")).toBe("\t");
  expect(guessSeparator("a")).toBe(",");
});

test("a large file takes little time", () => {
  const text = `a,b,c\n${'1,"x ""y""",3\n'.repeat(100_000)}`;
  const started = performance.now();
  expect(readCsv(text, ",", true, 1_000_000).rows).toHaveLength(100_000);
  expect(performance.now() - started).toBeLessThan(20_000);
}, 60_000);
