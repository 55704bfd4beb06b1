/** Markdown to HTML that runs nothing and asks no other server for anything. */

import DOMPurify from "dompurify";
import { Marked, type Tokens } from "marked";
import { inertHtml } from "./inert-html";

// Longer texts are no notes; they are shown as they are.
const MAX_MARKDOWN_CHARS = 400_000;

const TAGS = (
  "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h3 h4 h5 h6 hr i img ins kbd li mark ol p " +
  "pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr"
).split(" ");
const ATTRIBUTES =
  "align alt class colspan dir height href lang open reversed rowspan scope src start title width".split(" ");
const IMAGE_DATA = /^data:image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml)[;,]/i;

// The one class that there is: an item that begins with its box instead of a dot.
const TASK = "task";

const marked = new Marked({
  gfm: true,
  renderer: {
    checkbox({ checked }: Tokens.Checkbox) {
      return checked ? "☑ " : "☐ ";
    },
    listitem(item: Tokens.ListItem) {
      return `<li${item.task ? ` class="${TASK}"` : ""}>${this.parser.parse(item.tokens)}</li>\n`;
    },
  },
});

// The page has its own title and sections: those of a note are below them.
const TOP_HEADING = 3;

/** HTML as Markdown means it; headings begin at one level, however the text begins them. */
function toHtml(text: string): string {
  const tokens = marked.lexer(text);
  const headings: Tokens.Heading[] = [];
  marked.walkTokens(tokens, (token) => {
    if (token.type === "heading") headings.push(token as Tokens.Heading);
  });
  const depths = [...new Set(headings.map((heading) => heading.depth))].sort();
  for (const heading of headings) heading.depth = Math.min(TOP_HEADING + depths.indexOf(heading.depth), 6);
  return marked.parser(tokens);
}

export type ImageUrl = (path: string) => string | null;

const purify = DOMPurify(window);
/** Of the text that is being rendered. */
let imageUrl: ImageUrl | null = null;

purify.addHook("afterSanitizeAttributes", (element) => {
  // A class of the page's own could lay a text over the page.
  if (element.hasAttribute("class") && !(element.tagName === "LI" && element.className === TASK)) {
    element.removeAttribute("class");
  }
  if (element.tagName === "A") link(element);
  else if (element.tagName === "IMG") image(element);
});

function link(element: Element): void {
  const address = absolute(element.getAttribute("href"));
  if (address === null || !/^(https?|mailto):$/.test(address.protocol)) {
    element.removeAttribute("href");
    return;
  }
  element.setAttribute("rel", "noopener noreferrer nofollow");
  element.setAttribute("target", "_blank");
}

/** An image of another server would tell it who reads the note: it becomes a link. */
function image(element: Element): void {
  const source = element.getAttribute("src") ?? "";
  if (!element.hasAttribute("alt")) element.setAttribute("alt", "");
  if (IMAGE_DATA.test(source)) return;
  const path = /^(?:[a-z][a-z0-9+.-]*:|[/\\#?]|$)/i.test(source) ? null : source;
  const address = absolute(path === null ? source : (imageUrl?.(path) ?? source));
  if (path !== null && address) element.setAttribute("src", address.href);
  if (address?.origin === window.location.origin && address.origin !== "null") {
    element.setAttribute("loading", "lazy");
    return;
  }
  const text = element.getAttribute("alt") || source || "image";
  const linked = address !== null && /^https?:$/.test(address.protocol) && !element.closest("a");
  const other = document.createElement(linked ? "a" : "span");
  other.textContent = text;
  if (linked) {
    other.setAttribute("href", address.href);
    link(other);
  }
  element.replaceWith(other);
}

function absolute(address: string | null): URL | null {
  if (address === null) return null;
  try {
    return new URL(address, document.baseURI);
  } catch {
    return null;
  }
}

/**
 * HTML of a text, of harmless elements and attributes alone: no scripts, styles, forms, frames, ids or names. Null for
 * a text that is none for people: too long, or nested thousands of levels deep. `beside` gives the address of an image
 * that the text names by a path.
 */
export function renderMarkdown(text: string, beside: ImageUrl | null = null): string | null {
  if (text.length > MAX_MARKDOWN_CHARS) return null;
  imageUrl = beside;
  try {
    return purify.sanitize(inertHtml(toHtml(text)), {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ATTRIBUTES,
      ALLOW_ARIA_ATTR: false,
      ALLOW_DATA_ATTR: false,
      ALLOW_UNKNOWN_PROTOCOLS: false,
      KEEP_CONTENT: true,
    });
  } catch {
    // The parser calls itself for each level, which a hostile text has more of than the stack.
    return null;
  }
}
