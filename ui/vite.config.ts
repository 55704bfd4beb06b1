import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Writes a `.gz` beside each asset that gets smaller by it: the server sends it as it is. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    // Only now are the files as they will be.
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle).filter((one) => /\.(js|css|svg|json)$/.test(one))) {
        await writeFile(`${dir}/${name}.gz`, gzipSync(await readFile(`${dir}/${name}`), { level: 9 }));
      }
    },
  };
}

/** What the server puts into the page, in its place while developing. */
function served(): Plugin {
  return {
    name: "served",
    apply: "serve",
    transformIndexHtml: (html) => html.replace("__KISEKI_BASE__", "/").replace("__KISEKI_NONCE__", ""),
  };
}

export default defineConfig({
  // Paths are relative to <base>, into which the server puts its own prefix.
  base: "./",
  build: {
    outDir: "../src/kiseki/server/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // Browsers that know light-dark(): from 2024 on.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    rollupOptions: {
      // "use client" is for servers that render, which there are none of.
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
    },
  },
  plugins: [served(), precompressed()],
  server: {
    proxy: Object.fromEntries(
      ["/api", "/ajax-api", "/get-artifact", "/model-versions", "/version"].map((path) => [
        path,
        "http://127.0.0.1:5000",
      ]),
    ),
  },
  // What needs a document asks for one in its first line: making it takes longer than most tests.
  test: { include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
} as Parameters<typeof defineConfig>[0]);
