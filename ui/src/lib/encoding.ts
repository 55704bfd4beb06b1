/** Bytes of a file as text, when they are text. */

export interface DecodedText {
  text: string;
  /** The name of the encoding, as TextDecoder calls it. */
  encoding: string;
}

const SNIFFED_BYTES = 8_192;
/** What files of people's own may be in when they are not UTF-8; the stricter encoding is tried first. */
const OLDER = ["euc-jp", "shift_jis"];
const CONTROLS = /[\u0080-\u009f]/;

/**
 * The text of bytes, null when they are none. Only of a file whose `name` says that it is text are encodings other than
 * Unicode taken for granted. Bytes that are not the `whole` file may end within a character.
 */
export function decodeText(bytes: Uint8Array, whole: boolean, named: boolean): DecodedText | null {
  const marked = byMark(bytes);
  if (marked) return { text: new TextDecoder(marked).decode(bytes), encoding: marked };
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return null;
  for (const encoding of named ? ["utf-8", ...OLDER] : ["utf-8"]) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !whole });
      // Some decoders take bytes that the encoding does not have for control characters.
      if (encoding === "utf-8" || !CONTROLS.test(text)) return { text, encoding };
    } catch {
      // The next one.
    }
  }
  return named ? { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252" } : null;
}

function byMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what terminals are told in
const TERMINAL = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** The lines of a text, without what tells a terminal colours. A bar that was drawn over itself gives a line each time. */
export function textLines(text: string): string[] {
  const plain = text.includes("\u001b") ? text.replace(TERMINAL, "") : text;
  const lines = plain.split(/\r\n|\n|\r/);
  if (lines.length > 1 && lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/** How many columns of a fixed font a line takes: East Asian wide characters take two, tabs up to eight. */
export function columnsOf(line: string): number {
  let columns = 0;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 9) columns += 8 - (columns % 8);
    else columns += code >= 0x1100 && (code < 0x1160 || (code >= 0x2e80 && code < 0xffe7)) ? 2 : 1;
  }
  return columns;
}
