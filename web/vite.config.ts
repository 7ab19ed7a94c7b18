/** How the page is built: into the Python package, so that the server ships with it. */
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.CHATBOX_DEV_SERVER ?? "http://127.0.0.1:8080";
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The heavier controls, which the sign-in page does not need. */
const MENUS =
  /node_modules\/(react-remove-scroll|aria-hidden|@radix-ui\/react-(menu|dropdown-menu|dialog|alert-dialog|popover|focus|roving|collection))/;

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
