/** Works out importance beside the page, which goes on meanwhile. */

import { type ImportanceInput, importanceOf } from "../../lib/analysis/importance";

addEventListener("message", (event: MessageEvent<ImportanceInput>) => {
  postMessage(importanceOf(event.data));
});
