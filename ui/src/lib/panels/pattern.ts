/** Regular expressions that people type. */

export interface PatternError {
  kind: "bracket" | "group" | "close" | "repeat" | "escape" | "other";
  /** Where in the text it is, in characters from its start. */
  position: number;
}

/** The expression of a text, without regard to upper and lower case, or what is wrong with it and where. */
export function readPattern(text: string): RegExp | PatternError {
  try {
    return new RegExp(text, "i");
  } catch {
    return findError(text);
  }
}

/** The engine says that, but not where, an expression is wrong; what goes wrong in practice is found by going through it. */
function findError(text: string): PatternError {
  const open: number[] = [];
  let atom = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") {
      if (i === text.length - 1) return { kind: "escape", position: i };
      i++;
      atom = true;
    } else if (char === "[") {
      const end = closing(text, i);
      if (end < 0) return { kind: "bracket", position: i };
      if (!valid(text.slice(i, end + 1))) return { kind: "other", position: i };
      i = end;
      atom = true;
    } else if (char === "(") {
      open.push(i);
      const special = /^\(\?(?:[:=!]|<[=!]|<[A-Za-z_$][\w$]*>)/.exec(text.slice(i));
      if (special) i += special[0].length - 1;
      atom = false;
    } else if (char === ")") {
      if (open.length === 0) return { kind: "close", position: i };
      open.pop();
      atom = true;
    } else if (char === "|") {
      atom = false;
    } else if (char === "*" || char === "+" || char === "?" || /^\{\d+(?:,\d*)?\}/.test(text.slice(i))) {
      if (!atom) return { kind: "repeat", position: i };
      if (char === "{") i = text.indexOf("}", i);
      if (text[i + 1] === "?") i++;
      atom = false;
    } else {
      atom = char !== "^" && char !== "$";
    }
  }
  const last = open.at(-1);
  return last === undefined ? { kind: "other", position: firstBad(text) } : { kind: "group", position: last };
}

function closing(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "]") return i;
  }
  return -1;
}

function valid(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the part ends that would be right alone. */
function firstBad(text: string): number {
  for (let end = text.length - 1; end > 0; end--) if (valid(text.slice(0, end))) return end;
  return 0;
}
