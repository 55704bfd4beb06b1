/**
 * HTML written anew with tags and attributes of a list alone, and all else as text. Browsers report handlers and styles
 * of a text that is only parsed, as DOMPurify does, against the page's policy: what comes from here has none to report.
 */

// Scripts and styles with what is in them, comments and declarations, tags; in each quotes are kept together.
const PIECE =
  /<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)|<!--[\s\S]*?(?:-->|$)|<[!?][^>]*>|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[\s/]+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)[\s/]*>/gi;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

/** The same text and the allowed of its elements; names in lower case. */
export function plainHtml(html: string, tags: ReadonlySet<string>, attributes: ReadonlySet<string>): string {
  let written = "";
  let done = 0;
  for (const piece of html.matchAll(PIECE)) {
    written += asText(html.slice(done, piece.index));
    done = piece.index + piece[0].length;
    const [, , closing = "", given = "", rest = ""] = piece;
    const tag = given.toLowerCase();
    if (!tags.has(tag)) continue;
    written += closing ? `</${tag}>` : `<${tag}${allowed(rest, attributes)}>`;
  }
  return written + asText(html.slice(done));
}

function allowed(text: string, attributes: ReadonlySet<string>): string {
  let written = "";
  for (const [, name = "", ...values] of text.matchAll(ATTRIBUTE)) {
    if (!attributes.has(name.toLowerCase())) continue;
    const value = values.find((one) => one !== undefined) ?? "";
    written += ` ${name.toLowerCase()}="${asText(value).replaceAll('"', "&quot;")}"`;
  }
  return written;
}

// Entities stay what they are.
const asText = (html: string): string => html.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
