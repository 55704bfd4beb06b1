/** Light colouring of code: words, strings, numbers and comments, line by line. */

export type Language = "python" | "javascript" | "shell" | "yaml" | "json" | "toml" | "diff" | "markup";
export type TokenKind = "plain" | "keyword" | "string" | "number" | "comment" | "name" | "added" | "removed";

export interface Token {
  kind: TokenKind;
  text: string;
}

/** What goes on from one line to the next: the end of a string or comment that is open, null when none is. */
export type OpenEnd = string | null;

interface Rules {
  /** Alternatives in order of precedence; each matches somewhere in a line. */
  pattern: RegExp;
  kinds: readonly TokenKind[];
  /** What opens a string or comment of several lines, and its end. */
  open: Readonly<Record<string, string>>;
  keywords: ReadonlySet<string>;
}

const words = (text: string) => new Set(text.split(" "));

const STRINGS = String.raw`"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?`;
const NUMBER = String.raw`\b(?:0[xob][0-9a-fA-F_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)\b`;

function rules(parts: [TokenKind, string][], keywords = "", open: Record<string, string> = {}): Rules {
  return {
    pattern: new RegExp(parts.map(([, source]) => `(${source})`).join("|"), "g"),
    kinds: parts.map(([kind]) => kind),
    open,
    keywords: words(keywords),
  };
}

const RULES: Record<Language, Rules> = {
  python: rules(
    [
      ["comment", "#.*"],
      ["string", `[rbfuRBFU]{0,2}(?:"""|'''|${STRINGS})`],
      ["name", "@[A-Za-z_][\\w.]*"],
      ["number", NUMBER],
      ["keyword", "[A-Za-z_]\\w*"],
    ],
    "and as assert async await break class continue def del elif else except finally for from global if import in is " +
      "lambda match nonlocal not or pass raise return try type while with yield True False None",
    { '"""': '"""', "'''": "'''" },
  ),
  javascript: rules(
    [
      ["comment", "//.*|/\\*"],
      ["string", `${STRINGS}|\``],
      ["number", NUMBER],
      ["keyword", "[A-Za-z_$][\\w$]*"],
    ],
    "as async await break case catch class const continue default delete do else enum export extends false final " +
      "finally fn for from func function go if impl implements import in instanceof int interface let match mut new " +
      "null of package private protected public pub return static struct super switch this throw throws true try type " +
      "typeof undefined use var void while yield float double char bool string",
    { "/*": "*/", "`": "`" },
  ),
  shell: rules(
    [
      ["comment", "(?:^|(?<=\\s))#.*"],
      ["string", STRINGS],
      ["name", "\\$\\{[^}]*\\}?|\\$\\w+"],
      ["keyword", "[A-Za-z_][\\w-]*"],
    ],
    "if then else elif fi for in do done while until case esac function return export local set echo exit source " +
      "FROM RUN COPY ADD ENV ARG WORKDIR CMD ENTRYPOINT EXPOSE USER VOLUME",
  ),
  yaml: rules(
    [
      ["comment", "(?:^|(?<=\\s))#.*"],
      ["name", "(?:^|(?<=^\\s*(?:- +)*))[^\\s#'\"\\-][^#:]*(?=:(?:\\s|$))"],
      ["string", STRINGS],
      ["number", `(?<=[\\s:[,-]|^)-?${NUMBER}(?=\\s*(?:$|[,\\]}#]))`],
      ["keyword", "\\b(?:true|false|null|yes|no|True|False|~)\\b(?=\\s*(?:$|[,\\]}#]))"],
    ],
    "true false null yes no True False ~",
  ),
  json: rules(
    [
      ["name", '"(?:[^"\\\\]|\\\\.)*"(?=\\s*:)'],
      ["string", '"(?:[^"\\\\]|\\\\.)*"?'],
      ["number", `-?${NUMBER}`],
      ["keyword", "\\b(?:true|false|null|NaN|Infinity)\\b"],
    ],
    "true false null NaN Infinity",
  ),
  toml: rules(
    [
      ["comment", "(?:^|(?<=\\s))[#;].*"],
      ["keyword", "^\\s*\\[.*\\]\\s*$"],
      ["name", "^\\s*[\\w.\"'-]+(?=\\s*[=:])"],
      ["string", STRINGS],
      ["number", NUMBER],
      ["keyword", "\\b(?:true|false)\\b"],
    ],
    "",
  ),
  diff: rules([
    ["name", "^@@.*"],
    ["keyword", "^(?:diff |index |\\+\\+\\+ |--- ).*"],
    ["added", "^\\+.*"],
    ["removed", "^-.*"],
  ]),
  markup: rules(
    [
      ["comment", "<!--"],
      ["keyword", "</?[A-Za-z][\\w:.-]*|/?>"],
      ["string", STRINGS],
      ["name", "[A-Za-z_:][\\w:.-]*(?==)"],
    ],
    "",
    { "<!--": "-->" },
  ),
};

/** A line is looked at up to here; what follows is plain. */
const MAX_LINE = 5_000;

/** The tokens of a line that follows a line which left `open`, and what it leaves open itself. */
export function tokenize(line: string, language: Language, open: OpenEnd): { tokens: Token[]; open: OpenEnd } {
  const { pattern, kinds, open: opening, keywords } = RULES[language];
  const tokens: Token[] = [];
  const add = (kind: TokenKind, text: string) => {
    if (text) tokens.push({ kind, text });
  };
  const openKind = (end: string): TokenKind => (end === "*/" || end === "-->" ? "comment" : "string");
  let at = 0;
  if (open !== null) {
    const end = line.indexOf(open);
    if (end < 0) return { tokens: line ? [{ kind: openKind(open), text: line }] : [], open };
    at = end + open.length;
    add(openKind(open), line.slice(0, at));
  }
  const text = line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line;
  let plain = at;
  pattern.lastIndex = at;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const found = match[0];
    if (found === "") {
      pattern.lastIndex++;
      continue;
    }
    let kind = kinds[match.slice(1).findIndex((group) => group !== undefined)] ?? "plain";
    const bare = found.replace(/^[rbfuRBFU]{0,2}(?=["'])/, "");
    const end = opening[bare];
    if (end !== undefined) {
      add("plain", text.slice(plain, match.index));
      const closed = line.indexOf(end, pattern.lastIndex);
      if (closed < 0) {
        add(openKind(end), line.slice(match.index));
        return { tokens, open: end };
      }
      pattern.lastIndex = plain = closed + end.length;
      add(openKind(end), line.slice(match.index, plain));
      continue;
    }
    if (kind === "keyword" && keywords.size > 1 && !keywords.has(found)) kind = "plain";
    if (kind === "plain") continue;
    add("plain", text.slice(plain, match.index));
    add(kind, found);
    plain = pattern.lastIndex;
  }
  add("plain", line.slice(plain));
  return { tokens, open: null };
}

/** Lines with their tokens, worked out as they are asked for. */
export class Highlighter {
  /** What is open before each line, as far as it is known. */
  readonly #open: OpenEnd[] = [null];

  constructor(
    readonly lines: readonly string[],
    readonly language: Language,
  ) {}

  line(index: number): Token[] {
    while (this.#open.length <= index) {
      const before = this.#open.length - 1;
      this.#open.push(tokenize(this.lines[before] ?? "", this.language, this.#open[before] ?? null).open);
    }
    return tokenize(this.lines[index] ?? "", this.language, this.#open[index] ?? null).tokens;
  }
}
