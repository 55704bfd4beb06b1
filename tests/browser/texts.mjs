// What the web UI says: its catalogues, and what stands in its pages beside them.
//
//   node texts.mjs bundle    prints a script that puts both catalogues into globalThis.kisekiTexts
//   node texts.mjs inspect   prints JSON: every text of both catalogues by its path, and the literal texts in pages

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const UI = resolve(dirname(fileURLToPath(import.meta.url)), "../../ui");
const require = createRequire(join(UI, "package.json"));

const SEEN_ATTRIBUTES = new Set(["aria-label", "aria-description", "alt", "description", "label", "placeholder", "title"]);

async function bundle() {
  const { build } = await import(pathToFileURL(require.resolve("vite")));
  const code = ["en", "ja"].map((name) => `import { ${name} } from "/src/i18n/${name}/index.ts";`).join("\n");
  const entry = {
    name: "entry",
    resolveId: (id) => (id === "entry" ? "\0entry" : id.startsWith("/src/") ? join(UI, id) : undefined),
    load: (id) => (id === "\0entry" ? `${code}\nglobalThis.kisekiTexts = { en, ja };` : undefined),
  };
  const { output } = await build({
    root: UI,
    configFile: false,
    logLevel: "silent",
    plugins: [entry],
    build: { write: false, minify: false, rollupOptions: { input: "entry", output: { format: "iife" } } },
  });
  return output[0].code;
}

/** Every text by its path; of a function, its code, because what it says depends on what it is given. */
function flat(value, path = "") {
  if (typeof value === "function") return { [path]: `=> ${value.toString()}` };
  if (typeof value !== "object" || value === null) return { [path]: String(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) => flat(inner, path ? `${path}.${key}` : key)),
  );
}

/** Texts in the pages' own code that a reader or a screen reader would be given. */
function literals() {
  const ts = require("typescript");
  const found = [];
  const names = readdirSync(join(UI, "src"), { recursive: true }).filter((name) => /(?<!\.test)\.tsx$/.test(name));
  for (const name of names) {
    const path = join(UI, "src", name);
    const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
    const report = (node, text) => {
      if (!/\p{L}/u.test(text)) return;
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${relative(UI, path)}:${line + 1}`, text: text.trim() });
    };
    /** What an expression may be worth, as far as it stands there as a text. */
    const values = (node) => {
      if (ts.isStringLiteralLike(node)) report(node, node.text);
      else if (ts.isTemplateExpression(node)) for (const one of [node.head, ...node.templateSpans.map((span) => span.literal)]) report(one, one.text);
      else if (ts.isParenthesizedExpression(node)) values(node.expression);
      else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(values);
      else if (ts.isBinaryExpression(node)) {
        if (/^(\+|\|\||&&|\?\?)$/.test(node.operatorToken.getText())) [node.left, node.right].forEach(values);
      }
    };
    const visit = (node) => {
      if (ts.isJsxText(node)) report(node, node.text);
      else if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) values(node.expression);
      else if (ts.isJsxAttribute(node) && SEEN_ATTRIBUTES.has(node.name.getText()) && node.initializer) {
        const value = node.initializer;
        values(ts.isJsxExpression(value) && value.expression ? value.expression : value);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

const script = await bundle();
if (process.argv[2] === "bundle") {
  process.stdout.write(script);
} else {
  // biome-ignore lint: the script is our own catalogues
  (0, eval)(script);
  const { en, ja } = globalThis.kisekiTexts;
  process.stdout.write(JSON.stringify({ en: flat(en), ja: flat(ja), literals: literals() }));
}
