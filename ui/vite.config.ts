import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Writes a `.gz` beside each asset that gets smaller by it: the server sends it as it is. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    generateBundle(_, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const source = file.type === "chunk" ? file.code : file.source;
        if (/\.(js|css|svg|json)$/.test(name)) {
          this.emitFile({ type: "asset", fileName: `${name}.gz`, source: gzipSync(source, { level: 9 }) });
        }
      }
    },
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
    rollupOptions: {
      // "use client" is for servers that render, which there are none of.
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
    },
  },
  plugins: [precompressed()],
  server: {
    proxy: Object.fromEntries(
      ["/api", "/ajax-api", "/get-artifact", "/version"].map((path) => [path, "http://127.0.0.1:5000"]),
    ),
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
} as Parameters<typeof defineConfig>[0]);
