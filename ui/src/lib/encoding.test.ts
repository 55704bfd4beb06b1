import { describe, expect, test } from "vitest";
import { columnsOf, decodeText, textLines } from "./encoding";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("decodeText", () => {
  test("UTF-8", () => {
    expect(decodeText(utf8("学習 done"), true, false)).toEqual({ text: "学習 done", encoding: "utf-8" });
  });

  test("a character that is cut", () => {
    expect(decodeText(utf8("学習").subarray(0, 4), false, false)?.text).toBe("学");
    expect(decodeText(utf8("学習").subarray(0, 4), true, false)).toBeNull();
  });

  test("Shift_JIS and EUC-JP of files that are named as text", () => {
    const sjis = new Uint8Array([0x83, 0x65, 0x83, 0x58, 0x83, 0x67, 0x2c, 0x31]);
    const euc = new Uint8Array([0xa5, 0xc6, 0xa5, 0xb9, 0xa5, 0xc8, 0x2c, 0x31]);
    expect(decodeText(sjis, true, true)).toEqual({ text: "テスト,1", encoding: "shift_jis" });
    expect(decodeText(euc, true, true)).toEqual({ text: "テスト,1", encoding: "euc-jp" });
    expect(decodeText(sjis, true, false)).toBeNull();
  });

  test("byte order marks", () => {
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0x61, 0]), true, false)).toEqual({ text: "a", encoding: "utf-16le" });
    expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), true, false)?.text).toBe("a");
  });

  test("binary is no text", () => {
    expect(decodeText(new Uint8Array([0x80, 0x04, 0x95, 0]), true, true)).toBeNull();
    expect(decodeText(new Uint8Array([0x80, 0xff]), true, true)?.encoding).toBe("windows-1252");
  });
});

test("lines", () => {
  expect(textLines("a\r\nb\rc\n")).toEqual(["a", "b", "c"]);
  expect(textLines("")).toEqual([""]);
  expect(textLines("\u001b[31mred\u001b[0m \u001b]0;title\u0007x")).toEqual(["red x"]);
});

test("columns", () => {
  expect(columnsOf("abc")).toBe(3);
  expect(columnsOf("学習a")).toBe(5);
  expect(columnsOf("\ta\tb")).toBe(17);
});
