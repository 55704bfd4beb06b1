/** A patch of git, file by file. */

export type PatchKind = "changed" | "added" | "removed";

export interface PatchFile {
  path: string;
  kind: PatchKind;
  /** Whether its bytes, and no lines, are in the patch. */
  binary: boolean;
  added: number;
  removed: number;
  /** From the first `@@` on; of a binary file none. */
  lines: string[];
}

/** A line below an `@@` that has no numbers, as far as that can be told from the head of the next file. */
const UNNUMBERED_LINE = /^(?:[ +\\]|-(?!-- (?:"?a\/|\/dev\/null$)))/;

const START = /^diff --git /;
/** `\ No newline at end of file` is of the line before it. */
const QUOTED = /^"(.*)"$/s;

/**
 * The files of a patch of git, or of another unified diff, in its order. What is a line of a file is told by the numbers in
 * `@@`: one that looks like a head may be code.
 */
export function readPatch(text: string): PatchFile[] {
  const files: PatchFile[] = [];
  let file: PatchFile | null = null;
  let [old, fresh] = [0, 0];
  let unnumbered = false;
  for (const line of text.split("\n")) {
    if (file && (unnumbered ? UNNUMBERED_LINE.test(line) : old > 0 || fresh > 0)) {
      file.lines.push(line);
      if (line.startsWith("+")) {
        file.added++;
        fresh--;
      } else if (line.startsWith("-")) {
        file.removed++;
        old--;
      } else if (!line.startsWith("\\")) {
        old--;
        fresh--;
      }
      continue;
    }
    if (START.test(line)) {
      file = newFile(pathOfHead(line));
      files.push(file);
      continue;
    }
    const [, sign, named] = /^(---|\+\+\+) (.*?)(?:\t.*)?$/.exec(line) ?? [];
    if (sign === "---" && (!file || file.lines.length > 0)) {
      file = newFile("");
      files.push(file);
    }
    if (!file) continue;
    const hunk = /^@@(?: -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@|$)/.exec(line);
    unnumbered = line === "@@";
    if (hunk) {
      [old, fresh] = unnumbered ? [0, 0] : [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
      file.lines.push(line);
    } else if (line.startsWith("\\")) file.lines.push(line);
    else if (line.startsWith("new file")) file.kind = "added";
    else if (line.startsWith("deleted file")) file.kind = "removed";
    else if (/^(GIT binary patch|Binary files )/.test(line)) file.binary = true;
    else if (sign && named === "/dev/null") file.kind = sign === "---" ? "added" : "removed";
    else if (sign && named) file.path = withoutPrefix(unquoted(named));
  }
  return files;
}

const newFile = (path: string): PatchFile => ({
  path,
  kind: "changed",
  binary: false,
  added: 0,
  removed: 0,
  lines: [],
});

/** The path in `diff --git a/PATH b/PATH`, which is the same twice where nothing is renamed. */
function pathOfHead(line: string): string {
  const both = line.replace(START, "");
  const half = both.slice((both.length + 1) / 2);
  return withoutPrefix(unquoted(half));
}

const withoutPrefix = (path: string): string => path.replace(/^[ab]\//, "");

/** A name as git quotes it, in bytes of UTF-8 as octal numbers. */
function unquoted(name: string): string {
  const inside = QUOTED.exec(name)?.[1];
  if (inside === undefined) return name;
  const marks: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, '"': 34, "\\": 92 };
  const bytes: number[] = [];
  for (const [part, octal, mark] of inside.matchAll(/\\(?:([0-7]{3})|(.))|[^\\]+/gs)) {
    if (octal) bytes.push(Number.parseInt(octal, 8));
    else if (mark) bytes.push(marks[mark] ?? mark.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** How many lines come and go in all. */
export const patchCounts = (files: readonly PatchFile[]): [added: number, removed: number] => [
  files.reduce((sum, file) => sum + file.added, 0),
  files.reduce((sum, file) => sum + file.removed, 0),
];
