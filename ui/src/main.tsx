import "@mantine/core/styles.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { showLanguage } from "./i18n";
import { fromMlflow } from "./lib/mlflow-links";

const moved = fromMlflow(location.hash);
if (moved !== null) history.replaceState(null, "", new URL(moved, document.baseURI));

const root = document.getElementById("root");
if (root) void showLanguage().then(() => createRoot(root).render(<App />));
