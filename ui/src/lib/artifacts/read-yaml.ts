/** The part of YAML that `MLmodel` files are written in: blocks, quoted and folded texts, small flow collections. */

import type { Json } from "../json-tree";

const MAX_DEPTH = 100;
const KEY_END = /:(?=\s|$)/;

class Reader {
  #at = 0;

  constructor(readonly lines: string[]) {}

  /** The node whose lines are indented by `least` or more; null when there is none. */
  node(least: number, depth: number): Json {
    if (depth > MAX_DEPTH) throw new SyntaxError("The YAML is nested too deeply.");
    const line = this.#next();
    if (line === null || indentOf(line) < least) return null;
    const indent = indentOf(line);
    const text = line.trim();
    if (isItem(text)) return this.#sequence(indent, depth);
    if (keyOf(text) !== null) return this.#mapping(indent, depth);
    this.#at++;
    return this.#scalar(text, indent - 1, depth);
  }

  end(): void {
    if (this.#next() !== null) throw new SyntaxError(`Line ${this.#at + 1} of the YAML is not understood.`);
  }

  /** The line that comes next, without empty ones and comments. */
  #next(): string | null {
    for (; this.#at < this.lines.length; this.#at++) {
      const line = this.lines[this.#at] ?? "";
      if (/^\s*(#|$)/.test(line)) continue;
      if (/^\s*\t/.test(line)) throw new SyntaxError(`Line ${this.#at + 1} of the YAML is indented with a tab.`);
      if (/^(---|\.\.\.)\s*$/.test(line)) continue;
      return line;
    }
    return null;
  }

  #sequence(indent: number, depth: number): Json {
    const items: Json[] = [];
    for (let line = this.#next(); line !== null; line = this.#next()) {
      if (indentOf(line) !== indent || !isItem(line.trim())) break;
      const rest = line.slice(indent + 1);
      if (rest.trim() === "") {
        this.#at++;
        items.push(this.node(indent + 1, depth + 1));
      } else {
        // What follows the dash is a node of its own, at its column.
        this.lines[this.#at] = " ".repeat(indent + 1) + rest;
        items.push(this.node(indent + 1, depth + 1));
      }
    }
    return items;
  }

  #mapping(indent: number, depth: number): Json {
    const found = new Map<string, Json>();
    for (let line = this.#next(); line !== null; line = this.#next()) {
      if (indentOf(line) !== indent) break;
      const pair = keyOf(line.trim());
      if (pair === null) break;
      this.#at++;
      found.set(pair.key, pair.rest === "" ? this.#below(indent, depth) : this.#scalar(pair.rest, indent, depth));
    }
    const next = this.#next();
    if (next !== null && indentOf(next) > indent)
      throw new SyntaxError(`Line ${this.#at + 1} of the YAML is not understood.`);
    return Object.fromEntries(found);
  }

  /** The value of a key that has nothing behind its colon. */
  #below(indent: number, depth: number): Json {
    const line = this.#next();
    if (line === null) return null;
    // A list may stand at the column of its key.
    if (indentOf(line) === indent && isItem(line.trim())) return this.#sequence(indent, depth + 1);
    return indentOf(line) > indent ? this.node(indent + 1, depth + 1) : null;
  }

  /** A value that begins with `text`; its other lines are indented by more than `indent`. */
  #scalar(text: string, indent: number, depth: number): Json {
    if (/^[|>][+-]?\d?[+-]?\s*(#.*)?$/.test(text)) return this.#block(text, indent);
    if (text.startsWith('"') || text.startsWith("'")) return this.#quoted(text);
    if (text.startsWith("[") || text.startsWith("{")) return this.#flow(text, depth);
    let whole = text.replace(/\s+#.*$/, "");
    for (let line = this.lines[this.#at]; line !== undefined; line = this.lines[this.#at]) {
      if (line.trim() === "" || indentOf(line) <= indent || /^\s*#/.test(line)) break;
      whole += ` ${line.trim()}`;
      this.#at++;
    }
    return plain(whole);
  }

  #block(head: string, indent: number): string {
    const own: string[] = [];
    for (let line = this.lines[this.#at]; line !== undefined; line = this.lines[this.#at]) {
      if (line.trim() !== "" && indentOf(line) <= indent) break;
      own.push(line);
      this.#at++;
    }
    const least = Math.min(...own.filter((line) => line.trim() !== "").map(indentOf));
    const lines = own.map((line) => line.slice(Math.min(least, line.length)));
    const text = head.startsWith("|") ? lines.join("\n") : lines.join("\n").replace(/([^\n])\n(?=[^\n\s])/g, "$1 ");
    return head.includes("+") ? `${text}\n` : text.replace(/\n*$/, head.includes("-") || own.length === 0 ? "" : "\n");
  }

  #quoted(text: string): string {
    const quote = text.charAt(0);
    const end = quote === '"' ? /^"((?:[^"\\]|\\[\s\S])*)"\s*(#.*)?$/ : /^'((?:[^']|'')*)'\s*(#.*)?$/;
    let whole = text;
    for (;;) {
      const match = end.exec(whole);
      if (match) {
        const folded = (match[1] ?? "").replace(/[ \t]*\n[ \t]*/g, "\n").replace(/\\\n/g, "");
        const joined = folded.replace(/\n+/g, (ends) => (ends.length === 1 ? " " : "\n".repeat(ends.length - 1)));
        return quote === "'" ? joined.replaceAll("''", "'") : unescaped(joined);
      }
      const line = this.lines[this.#at];
      if (line === undefined) throw new SyntaxError("A quote of the YAML is not closed.");
      whole += `\n${line}`;
      this.#at++;
    }
  }

  #flow(text: string, depth: number): Json {
    let whole = text;
    for (;;) {
      try {
        const [value, rest] = flow(whole, depth);
        if (!/^\s*(#.*)?$/.test(rest)) throw new SyntaxError(`${JSON.stringify(rest.slice(0, 40))} is not expected.`);
        return value;
      } catch (error) {
        const line = this.lines[this.#at];
        if (line === undefined || whole.length > 1_000_000) throw error;
        whole += ` ${line.trim()}`;
        this.#at++;
      }
    }
  }
}

/** A flow collection or scalar at the start of a text, and what follows it. */
function flow(given: string, depth: number): [Json, string] {
  if (depth > MAX_DEPTH) throw new SyntaxError("The YAML is nested too deeply.");
  let text = given.trimStart();
  const isMap = text.startsWith("{");
  if (!isMap && !text.startsWith("[")) {
    const match = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,[\]{}:]*(?::(?!\s)[^,[\]{}:]*)*)/.exec(text);
    const found = match?.[0] ?? "";
    const rest = text.slice(found.length);
    if (found.startsWith('"')) return [unescaped(found.slice(1, -1)), rest];
    if (found.startsWith("'")) return [found.slice(1, -1).replaceAll("''", "'"), rest];
    return [plain(found.trim()), rest];
  }
  const close = isMap ? "}" : "]";
  const items: [string, Json][] = [];
  text = text.slice(1).trimStart();
  while (!text.startsWith(close)) {
    if (text === "") throw new SyntaxError("A bracket of the YAML is not closed.");
    let key = "";
    if (isMap) {
      const [name, rest] = flow(text, depth + 1);
      const colon = rest.trimStart();
      if (!colon.startsWith(":")) throw new SyntaxError("A colon is missing in the YAML.");
      key = String(name);
      text = colon.slice(1);
    }
    const [value, rest] = flow(text, depth + 1);
    items.push([key, value]);
    text = rest.trimStart();
    if (text.startsWith(",")) text = text.slice(1).trimStart();
    else if (!text.startsWith(close)) throw new SyntaxError("A bracket of the YAML is not closed.");
  }
  return [isMap ? Object.fromEntries(items) : items.map(([, value]) => value), text.slice(1)];
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isItem = (text: string): boolean => text === "-" || text.startsWith("- ");

function keyOf(text: string): { key: string; rest: string } | null {
  if (/^[[{|>]/.test(text)) return null;
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*:(?:\s+(.*)|)$/.exec(text);
  if (quoted) {
    const name = quoted[1] ?? "";
    const key = name.startsWith('"') ? unescaped(name.slice(1, -1)) : name.slice(1, -1).replaceAll("''", "'");
    return { key, rest: comment(quoted[2] ?? "") };
  }
  if (/^["']/.test(text)) return null;
  const end = KEY_END.exec(text);
  if (!end) return null;
  return { key: text.slice(0, end.index).trim(), rest: comment(text.slice(end.index + 1).trim()) };
}

const comment = (text: string): string => (text.startsWith("#") ? "" : text);

function plain(text: string): Json {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const number = Number(text);
    // A version such as 1.10 is not 1.1.
    return String(number) === text ? number : text;
  }
  return text;
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", "0": "\0", e: "\u001b" };

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
}

/** The content of a YAML text. Tags and anchors are texts like any other. Throws a SyntaxError where it is at a loss. */
export function readYaml(text: string): Json {
  const reader = new Reader(text.split(/\r\n|\n|\r/));
  const value = reader.node(0, 0);
  reader.end();
  return value;
}
