import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    // The content security policy allows our own origin and no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": "http://localhost:8000", "/rtc": { target: "ws://localhost:8000", ws: true } } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
