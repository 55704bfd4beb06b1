// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { renderMarkdown } from "./markdown";

const HOSTILE = [
  "<script>alert(1)</script>",
  "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
  "<scr<script>ipt>alert(1)</scr</script>ipt>",
  "<img src=x onerror=alert(1)>",
  "<img src=x onerror=alert(1)//",
  '<img src="javascript:alert(1)">',
  "<img/src=`x`onerror=alert(1)>",
  '<img srcset="https://evil.example/x 1x">',
  '<image href="https://evil.example/x">',
  "<svg onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  '<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>',
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  '<svg><use href="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4#x"/></svg>',
  '<svg><foreignObject><iframe src="javascript:alert(1)"></iframe></foreignObject></svg>',
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
  "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  '<math href="javascript:alert(1)">x</math>',
  "<iframe src=javascript:alert(1)></iframe>",
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  "<object data=javascript:alert(1)></object>",
  "<embed src=javascript:alert(1)>",
  "<base href=https://evil.example/>",
  '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  "<style>*{background:url(https://evil.example/)}</style>",
  '<p style="position:fixed;inset:0;background:url(https://evil.example/)">x</p>',
  "<body onload=alert(1)>",
  "<div onclick=alert(1) onpointerrawupdate=alert(1)>x</div>",
  "<details open ontoggle=alert(1)><summary>x</summary></details>",
  "<video><source onerror=alert(1)></video>",
  "<audio src=x onerror=alert(1)>",
  "<marquee onstart=alert(1)>x</marquee>",
  "<input autofocus onfocus=alert(1)>",
  '<form action="javascript:alert(1)"><button>x</button></form>',
  "<button formaction=javascript:alert(1)>x</button>",
  "<textarea><img src=x onerror=alert(1)></textarea>",
  "<template><img src=x onerror=alert(1)></template>",
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  "<a href=javascript:alert(1)>x</a>",
  "<a href=' javascript:alert(1)'>x</a>",
  "<a href='jav&#x09;ascript:alert(1)'>x</a>",
  "<a href='java\nscript:alert(1)'>x</a>",
  "<a href=vbscript:alert(1)>x</a>",
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  "<a id=documentElement name=body>x</a>",
  "<p class=skip>x</p><ul><li class='task skip'>x</ul>",
  "<img name=getElementById id=cookie>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "[x](https://example.com 'a\" onmouseover=\"alert(1)')",
  "![x](javascript:alert(1))",
  "![x](https://evil.example/pixel.gif)",
  '![x" onerror="alert(1)](x.png)',
  '![x](x.png"onerror="alert(1))',
  "<javascript:alert(1)>",
  "[x]: javascript:alert(1)\n\n[x]",
  "`<img src=x onerror=alert(1)>`",
  "```html\n<img src=x onerror=alert(1)>\n```",
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
  "# <script>alert(1)</script>",
  "<!--><img src=x onerror=alert(1)>-->",
  "<x-custom is=x onclick=alert(1)>x</x-custom>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
];

const ATTRIBUTES = new Set([
  ..."align alt colspan dir height href lang loading open rel reversed rowspan scope src start target title width".split(
    " ",
  ),
]);

function shown(text: string): HTMLElement {
  const page = document.createElement("div");
  page.innerHTML = renderMarkdown(text) ?? "";
  return page;
}

describe("hostile Markdown", () => {
  test.each(HOSTILE)("%o runs nothing", (text) => {
    const page = shown(text);
    for (const element of page.querySelectorAll("*")) {
      expect(element.namespaceURI).toBe("http://www.w3.org/1999/xhtml");
      expect(element.tagName).toMatch(
        /^(A|BLOCKQUOTE|BR|CODE|DETAILS|DIV|H[3-6]|IMG|LI|P|PRE|SPAN|SUMMARY|TABLE|T[DHR]|TBODY|THEAD|UL)$/,
      );
      for (const { name, value } of element.attributes) {
        expect(ATTRIBUTES).toContain(name);
        if (name === "href") expect(new URL(value, "https://here.example").protocol).toMatch(/^(https?|mailto):$/);
        if (name === "src") expect(new URL(value, document.baseURI).origin).toBe(location.origin);
      }
    }
  });
});

test("what people write", () => {
  const page = shown(
    "# Title\n\n**bold** ~~gone~~ `code` <kbd>k</kbd>\n\n- [x] done\n- [ ] open\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n" +
      "```python\nprint(1 < 2)\n```\n\nhttps://example.com/a",
  );
  expect(page.querySelector("h3")?.textContent).toBe("Title");
  expect(page.querySelector("strong, b")?.textContent).toBe("bold");
  expect([...page.querySelectorAll("li.task")].map((item) => item.textContent?.trim())).toEqual(["☑ done", "☐ open"]);
  expect(page.querySelectorAll("td")).toHaveLength(2);
  expect(page.querySelector("pre")?.textContent).toContain("print(1 < 2)");
  expect(page.querySelector("kbd")?.textContent).toBe("k");
  const link = page.querySelector("a");
  expect(link?.getAttribute("href")).toBe("https://example.com/a");
  expect(link?.getAttribute("target")).toBe("_blank");
  expect(link?.getAttribute("rel")).toContain("noopener noreferrer");
});

test("headings begin below those of the page", () => {
  const headings = (text: string) => [...shown(text).querySelectorAll("h1,h2,h3,h4,h5,h6")].map((one) => one.tagName);
  expect(headings("## a\n\n#### b\n\n> ## c")).toEqual(["H3", "H4", "H3"]);
  expect(headings("# a\n## b\n### c\n#### d\n##### e")).toEqual(["H3", "H4", "H5", "H6", "H6"]);
});

test("images of here are shown, those of elsewhere are links", () => {
  expect(shown("![a](data:image/png;base64,AAAA)").querySelector("img")?.getAttribute("src")).toMatch(/^data:/);
  expect(shown("![a](get-artifact?path=a.png)").querySelector("img")).not.toBeNull();
  const other = shown("![a plot](https://example.com/a.png)");
  expect(other.querySelector("img")).toBeNull();
  expect(other.querySelector("a")?.textContent).toBe("a plot");
  expect(other.querySelector("a")?.getAttribute("href")).toBe("https://example.com/a.png");
  expect(shown("[![a](https://example.com/a.png)](https://example.com)").querySelectorAll("a")).toHaveLength(1);
  expect(shown("![a](data:text/html,x)").querySelector("img")).toBeNull();
});

test("texts that are none for people are not rendered, and take no minute", () => {
  const start = performance.now();
  expect(renderMarkdown("x".repeat(400_001))).toBeNull();
  expect(renderMarkdown("> ".repeat(20_000))).toBeNull();
  expect(shown("[".repeat(20_000)).textContent).toContain("[[[");
  expect(shown("*a ".repeat(20_000)).textContent).toContain("*a *a");
  expect(performance.now() - start).toBeLessThan(20_000);
}, 60_000);
