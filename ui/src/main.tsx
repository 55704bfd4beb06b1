import "@mantine/core/styles.css";
import "./app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { fromMlflow } from "./lib/mlflow-links";
import { preferences } from "./state/preferences";

const moved = fromMlflow(location.hash);
if (moved !== null) history.replaceState(null, "", new URL(moved, document.baseURI));
preferences.apply();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
