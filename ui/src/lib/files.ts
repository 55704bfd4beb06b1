/** Files that are given to the person who looks at a page. */

const MOST_NAME = 100;

/** Lets the browser keep it. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken what it needs well before.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A table; with a mark of its encoding, without which spreadsheets take it for another. */
export function saveCsv(name: string, text: string): void {
  saveFile(name, new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
}

/** A file name of the title of what is in it, which every system takes. */
export function fileName(title: string, extension: string): string {
  const plain = title.replaceAll(/[^\p{L}\p{N}._-]+/gu, "_").replaceAll(/^[._-]+|[._-]+$/g, "");
  return `${[...plain].slice(0, MOST_NAME).join("") || "chart"}.${extension}`;
}
