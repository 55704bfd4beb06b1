/**
 * HTML that may be parsed in a page with a strict policy: browsers report handlers and styles of a text that is only
 * parsed as if they were about to run. This keeps the reports away; what is safe to show is decided after parsing.
 */

export const STYLE_ATTRIBUTE = "data-kiseki-css";
const HANDLER_PREFIX = "data-kiseki-off-";

/** Elements whose content is text up to their end. */
const RAW = /^(?:script|style|title|textarea|xmp|iframe|noembed|noframes|noscript)$/;
const SPACE = /\s/;

/** The text with handlers and style attributes under other names, and `nonce` at its styles. */
export function inertHtml(html: string, nonce = ""): string {
  let found = "";
  let done = 0;
  let at = 0;
  const endless = new Set<string>();
  const copy = (until: number, instead: string, next: number) => {
    found += html.slice(done, until) + instead;
    done = next;
  };
  const skip = (pattern: RegExp) => {
    while (at < html.length && pattern.test(html.charAt(at))) at++;
  };
  for (at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    if (html.startsWith("<!--", at)) {
      // A comment that ends at once is one, too.
      const end =
        /^<!--(?:-?>|[\s\S]*?--!?>)/.exec(html.slice(at, at + 6))?.[0].length ?? html.indexOf("-->", at) - at + 3;
      at = end < 4 ? html.length : at + end;
      continue;
    }
    const closing = html.charAt(at + 1) === "/";
    if (!/[a-z]/i.test(html.charAt(at + (closing ? 2 : 1)))) {
      at++;
      continue;
    }
    const start = at + (closing ? 2 : 1);
    at = start;
    skip(/[^\s/>]/);
    const name = html.slice(start, at).toLowerCase();
    if (name === "style" && !closing && nonce) copy(at, ` nonce="${nonce}"`, at);
    while (at < html.length && html.charAt(at) !== ">") {
      if (SPACE.test(html.charAt(at)) || html.charAt(at) === "/") {
        at++;
        continue;
      }
      const from = at;
      // A name may begin with "=", and only then have one.
      at++;
      skip(/[^\s/>=]/);
      const attribute = html.slice(from, at).toLowerCase();
      if (attribute === "style") copy(from, STYLE_ATTRIBUTE, at);
      else if (attribute.startsWith("on")) copy(from, HANDLER_PREFIX + attribute.replace(/[^a-z]/g, ""), at);
      const before = at;
      skip(SPACE);
      if (html.charAt(at) !== "=") {
        at = before;
        continue;
      }
      at++;
      skip(SPACE);
      const quote = html.charAt(at);
      if (quote === '"' || quote === "'") {
        const end = html.indexOf(quote, at + 1);
        at = end < 0 ? html.length : end + 1;
      } else skip(/[^\s>]/);
    }
    at++;
    if (closing || !RAW.test(name) || endless.has(name)) continue;
    const ending = new RegExp(`</${name}[\\s/>]`, "gi");
    ending.lastIndex = at;
    const end = ending.exec(html)?.index;
    if (end === undefined) endless.add(name);
    else {
      // In a drawing even these have elements; what looks like one here is no loss elsewhere.
      copy(at, inertHtml(html.slice(at, end), nonce), end);
      at = end;
    }
  }
  return found + html.slice(done);
}

/** Whether an attribute was a handler. */
export const wasHandler = (attribute: string): boolean => attribute.startsWith(HANDLER_PREFIX);
