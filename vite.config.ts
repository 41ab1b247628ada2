/** Bundles the viewer's page into static files, which `sim view` serves. */

import { defineConfig } from "vite";

export default defineConfig({
  root: "src/viewer",
  base: "/",
  logLevel: "warn",
  build: {
    outDir: "../../dist/viewer",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { entryFileNames: "viewer.js", assetFileNames: "[name][extname]" },
    },
  },
});
