// @vitest-environment jsdom
import { expect, test } from "vitest";
import { staticCss, staticPage } from "./static-html";

const page = (html: string, imageUrl: (path: string) => string | null = () => null) =>
  staticPage(html, "n0nce", imageUrl);

test("a page keeps its text and its look", () => {
  const { html, changed } = page(
    '<html><head><title>t</title><style>p { color: red }</style></head><body><p style="font-weight: bold; margin: 0">a</p></body></html>',
  );
  expect(html).toContain('<style nonce="n0nce">p { color: red }</style>');
  expect(html).toContain('<p data-kiseki-style="0">a</p>');
  expect(html).toContain('[data-kiseki-style="0"]{font-weight: bold !important; margin: 0 !important}');
  expect(changed).toBe(false);
});

test("images beside it", () => {
  const { html, changed } = page(
    '<img src="a b/plot.png"><img src="data:image/png;base64,AA==">',
    (path) => `/get?${path}`,
  );
  expect(html).toContain('src="/get?a b/plot.png"');
  expect(html).toContain("data:image/png");
  expect(changed).toBe(false);
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  '<iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '<form action="//evil.example"><input name=a><button>x</button></form>',
  '<meta http-equiv="refresh" content="0;url=//evil.example">',
  '<base href="//evil.example/">',
  '<link rel="stylesheet" href="//evil.example/x.css">',
  '<img src="//evil.example/x.png">',
  '<img src="https://evil.example/x.png" srcset="//evil.example/y.png 2x">',
  '<style>@import "//evil.example/x.css"; p { background: url(//evil.example/x.png) }</style>',
  "<style>p { background: \\75rl(//evil.example/x.png) }</style>",
  "<p style=\"background: url('//evil.example/x.png')\">x</p>",
  '<svg><use href="//evil.example/x.svg#a"></use><image href="//evil.example/x.png"/></svg>',
  '<object data="//evil.example"></object><embed src="//evil.example">',
  "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>",
  '<p style="}</style><script>alert(1)</script>">x</p>',
  '<video src="//evil.example" autoplay></video>',
  "<template><script>alert(1)</script></template>",
];

test.each(HOSTILE)("%s runs nothing and asks nobody", (hostile) => {
  const { html } = page(hostile);
  const shown = new DOMParser().parseFromString(html, "text/html");
  expect(
    shown.querySelector("script, iframe, object, embed, form, input, meta[http-equiv], base, link, video"),
  ).toBeNull();
  for (const element of shown.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on/i);
      if (name !== "title") expect(value).not.toMatch(/javascript:|evil/);
    }
    if (element.localName === "style") {
      expect(element.textContent).not.toMatch(/evil/);
      expect(element.getAttribute("nonce")).toBe("n0nce");
    }
  }
});

test("what was left out is told", () => {
  expect(page("<script>1</script>").changed).toBe(true);
  expect(page("<p onclick=x>a</p>").changed).toBe(true);
  expect(page("<img src='//evil.example/x'>").changed).toBe(true);
  expect(page("<p>a</p>").changed).toBe(false);
});

test("styles", () => {
  expect(staticCss("a { background: url(data:image/png;base64,AA) }").cut).toBe(false);
  expect(staticCss("a { fill: url(#b) }").cut).toBe(false);
  expect(staticCss('a { background: URL( "x.png" ) }')).toEqual({ css: "a { background: none }", cut: true });
  expect(staticCss("a::before { content: '\\201C' }").css).toBe("a::before { content: '\\201C' }");
});
