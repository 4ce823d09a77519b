import react from "@vitejs/plugin-react";
import { compression } from "vite-plugin-compression2";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Copies beside the assets, which aiohttp's FileResponse gives to browsers that take them.
  plugins: [react(), compression({ algorithms: ["brotliCompress", "gzip"], include: /assets\/.+\.(js|css|svg|wasm)$/ })],
  build: {
    // The content security policy allows our own origin and no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What comes with what: tests/test_weight.py weighs the pages by it.
    manifest: true,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      // What all pages need, in a few files instead of eighty: fewer requests, which compress better.
      output: { codeSplitting: { groups: [{ name: "common", minShareCount: 6 }] } },
    },
  },
  server: { proxy: { "/api": "http://localhost:8000", "/rtc": { target: "ws://localhost:8000", ws: true } } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
