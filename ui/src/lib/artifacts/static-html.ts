/** A page of HTML without what runs, asks other servers or leads away: its text, its look and its own pictures. */

import DOMPurify from "dompurify";
import { inertHtml, STYLE_ATTRIBUTE, wasHandler } from "../inert-html";

export interface StaticPage {
  html: string;
  /** Whether something of it was left out. */
  changed: boolean;
}

const purify = DOMPurify(window);
const DATA_IMAGE = /^\s*data:image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml)[;,]/i;

/**
 * The page for a frame without any rights, whose policy is that of the page around it: styles count when they have
 * `nonce`, and a style attribute becomes a rule in one of them. `imageUrl` gives the address of an image that the page
 * has beside it, null when it has none of that name.
 */
export function staticPage(html: string, nonce: string, imageUrl: (path: string) => string | null): StaticPage {
  const root: Element = purify.sanitize(inertHtml(html, nonce), {
    WHOLE_DOCUMENT: true,
    RETURN_DOM: true,
    FORBID_TAGS: ["form", "input", "button", "textarea", "select", "audio", "video", "source", "track", "dialog"],
    FORBID_ATTR: ["ping", "background", "autofocus", "tabindex", "srcset"],
    ADD_TAGS: ["use"],
    ADD_ATTR: ["xlink:href"],
    ALLOW_UNKNOWN_PROTOCOLS: false,
  }) as unknown as Element;
  let changed = purify.removed.some((one) => {
    return (
      "element" in one &&
      /^(?:script|iframe|object|embed|form|input|button|select|video|audio)$/i.test(one.element.nodeName)
    );
  });
  const rules: string[] = [];
  for (const element of root.querySelectorAll("*")) {
    if (element.localName === "style") {
      const text = staticCss(element.textContent ?? "");
      changed ||= text.cut;
      element.textContent = text.css;
      element.setAttribute("nonce", nonce);
      continue;
    }
    for (const { name } of [...element.attributes]) {
      if (!wasHandler(name)) continue;
      element.removeAttribute(name);
      changed = true;
    }
    const style = element.getAttribute(STYLE_ATTRIBUTE);
    if (style !== null) {
      element.removeAttribute(STYLE_ATTRIBUTE);
      const text = staticCss(style.replace(/[{}]/g, ""));
      changed ||= text.cut;
      rules.push(`[data-kiseki-style="${rules.length}"]{${important(text.css)}}`);
      element.setAttribute("data-kiseki-style", String(rules.length - 1));
    }
    if (element.localName === "a") {
      // A link would lead the frame away, and this page cannot open another.
      const href = element.getAttribute("href");
      if (href && !element.hasAttribute("title")) element.setAttribute("title", href);
      element.removeAttribute("href");
      element.removeAttribute("xlink:href");
    } else if (element.localName === "img" || element.localName === "image") {
      changed = !ownImage(element, imageUrl) || changed;
    } else {
      for (const name of ["href", "xlink:href", "src"]) {
        const value = element.getAttribute(name);
        if (value !== null && !value.startsWith("#")) element.removeAttribute(name);
      }
    }
  }
  const sheet = root.ownerDocument.createElement("style");
  sheet.setAttribute("nonce", nonce);
  sheet.textContent = rules.join("\n");
  (root.querySelector("head") ?? root).append(sheet);
  return { html: `<!doctype html>${root.outerHTML}`, changed };
}

/** Gives an image the address of the file beside the page; whether it has any to show. */
function ownImage(element: Element, imageUrl: (path: string) => string | null): boolean {
  const name = element.localName === "img" ? "src" : element.hasAttribute("href") ? "href" : "xlink:href";
  const source = element.getAttribute(name);
  if (source === null || DATA_IMAGE.test(source)) return true;
  const address = /^(?:[a-z][a-z0-9+.-]*:|\/|\\|#)/i.test(source.trim()) ? null : imageUrl(source.trim());
  if (address === null) {
    element.removeAttribute(name);
    return false;
  }
  element.setAttribute(name, address);
  return true;
}

/** Styles that ask for nothing. Escapes are written out first, so that no address hides in them. */
export function staticCss(given: string): { css: string; cut: boolean } {
  const plain = given.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/\\([0-9a-f]{1,6})\s?/gi, (whole, code: string) => {
    const char = Number.parseInt(code, 16);
    return char > 0x20 && char < 0x7f && /[a-z@:]/i.test(String.fromCharCode(char)) ? String.fromCharCode(char) : whole;
  });
  let cut = false;
  const leave = () => {
    cut = true;
    return "none";
  };
  const css = plain
    .replace(/@import\b[^;]*;?/gi, () => {
      leave();
      return "";
    })
    .replace(/\b(?:url|src)\(\s*(?!["']?(?:data:image\/|#))(?:"[^"]*"|'[^']*'|[^)]*)\s*\)/gi, leave)
    .replace(/\b(?:-webkit-)?image-set\([^)]*\)/gi, leave);
  // What ends the element in the text that the page becomes.
  return { css: css.replace(/<(?=\/|!)/g, "\\3c "), cut };
}

/** As an attribute, a style counts more than all rules. */
const important = (css: string): string =>
  css.replace(/(?<!!\s*important\s*)(?=;|$)/gi, (_, at: number) => (at === 0 ? "" : " !important"));
