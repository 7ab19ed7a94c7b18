/** How the page is built: into the Python package, so that the server ships with it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env.CHATBOX_DEV_SERVER ?? "http://127.0.0.1:8080";
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The short hints beside buttons, with what they stand on: every page has them. */
const HINTS = /node_modules\/@radix-ui\/react-tooltip\//;

/** The heavier controls, which the sign-in page does not need. */
const MENUS =
  /node_modules\/(react-remove-scroll|aria-hidden|@radix-ui\/react-(menu|dropdown-menu|dialog|alert-dialog|popover|focus|roving|collection))/;

/** What pdf.js reads while it runs: tables of Asian fonts, the standard fonts, and decoders that need no WebAssembly. */
function pdfData(): Plugin {
  const from = path("./node_modules/pdfjs-dist");
  const { version } = JSON.parse(readFileSync(`${from}/package.json`, "utf8")) as { version: string };
  const folders = { cmaps: /\.bcmap$/, standard_fonts: /\.(pfb|ttf)$/, wasm: /_nowasm_fallback\.js$/ };
  return {
    name: "pdf-data",
    apply: "build",
    generateBundle() {
      for (const [folder, wanted] of Object.entries(folders)) {
        for (const name of readdirSync(`${from}/${folder}`).filter((each) => wanted.test(each))) {
          const source = readFileSync(`${from}/${folder}/${name}`);
          // The version in the path lets browsers keep them for good, like everything in this folder.
          this.emitFile({ type: "asset", fileName: `assets/pdfjs-${version}/${folder}/${name}`, source });
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), pdfData()],
  resolve: { alias: { "@server-locales": path("../src/chatbox/locales"), "@": path("./src") } },
  build: {
    outDir: path("../src/chatbox/web"),
    emptyOutDir: true,
    target: "es2023",
    manifest: "manifest.json",
    reportCompressedSize: false,
    // Mermaid and KaTeX are whole programs; they load on first use and count towards no first view.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      output: {
        // What every page needs travels together: a few larger files pack better than dozens of small ones.
        codeSplitting: {
          groups: [
            {
              name: "vendor",
              test: /node_modules\/(react|react-dom|scheduler|@tanstack|i18next|react-i18next|zustand)\//,
            },
            { name: "hints", test: HINTS },
            { name: "menus", test: MENUS },
          ],
        },
      },
    },
  },
  server: {
    fs: { allow: [path("."), path("../src/chatbox/locales")] },
    proxy: { "/api": { target: server }, "/ws": { target: server, ws: true } },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["./src/test-setup.ts"],
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 20_000,
    pool: "vmThreads",
  },
});
