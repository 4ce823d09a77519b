import "@fontsource-variable/lexend/wght.css";
import "./design/tokens.css";
import "./design/base.css";
import "./design/Field.css";
import "./design/parts.css";
import "./design/reading.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { followReading } from "./design/reading";
import { startLocales } from "./locales";
import { trustOwnScripts } from "./scripts";

trustOwnScripts(window.trustedTypes);
followReading();
await startLocales();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
